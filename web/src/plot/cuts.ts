// What the cursors say, in words: the values at the pointer and at marks A and
// B, and how far these are apart.

import { differenceText, exactSpanText, timeText, valueText } from "./digits";
import { momentOf } from "./moment";
import type { Clock, Cut, Report } from "./orders";

const FINER = 10; // times finer than the axis tells times

export type Cuts = Pick<Report, "hover" | "marks" | "start" | "end" | "shift" | "since">;

/** Columns of texts: the cursors, then the difference where there are two of them. */
export interface CutsText {
  heads: string[];
  times: string[];
  rows: string[][]; // by series
  rate: string; // of the difference, "" where there is none
}

/** The words for so many series, in an order of their own; undefined where there is no cursor. */
export function cutsText(cuts: Cuts, series: number, clock: Clock): CutsText | undefined {
  const { hover, marks: [a, b] } = cuts;
  const columns = [["Cursor", hover], ["A", a], ["B", b]].filter((one): one is [string, Cut] => one[1] !== undefined);
  if (columns.length === 0) return undefined;
  const step = (cuts.end - cuts.start) / FINER;
  const told = columns.map(([, { time }]) => {
    const moment = momentOf(time, cuts);
    return timeText(moment.time, clock, moment.since, step);
  });
  const text: CutsText = {
    heads: columns.map(([head]) => head),
    times: told,
    rows: Array.from({ length: series }, (_, i) => columns.map(([, { values }]) => valueText(values[i] ?? NaN))),
    rate: "",
  };
  const [from, to] = a !== undefined && b === undefined ? [a, hover] : [a, b];
  if (from !== undefined && to !== undefined) addDifference(text, from, to, b === undefined ? "Δ to A" : "Δ B − A");
  return text;
}

function addDifference(text: CutsText, from: Cut, to: Cut, head: string): void {
  const micros = to.time - from.time;
  text.heads.push(head);
  text.times.push(exactSpanText(micros));
  text.rate = micros === 0 ? "–" : `${valueText(Number((1e6 / Math.abs(micros)).toPrecision(5)))} Hz`;
  text.rows.forEach((row, i) => row.push(differenceText((to.values[i] ?? NaN) - (from.values[i] ?? NaN))));
}
