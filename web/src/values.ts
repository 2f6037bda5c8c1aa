// The values received last, one a series: a colour, a name, a value, a unit.
// A value keeps as many digits as it ever had, and room for a sign where what is
// visible of its series had one, so that the list stands still.

import type { Series } from "./frame";
import { make, write } from "./page";
import type { Figures } from "./plot/orders";
import { SERIES_COLOURS } from "./plot/theme";
import { throttled } from "./throttle";

const DIGITS = 5; // significant ones of a fraction; whole numbers have all of theirs
const LONG = 16; // characters of a name and its unit, for which a column must be wider
const STALE = 10e6; // µs behind the newest series: it is shown as out of date
const EVERY = 200; // ms between two frames with values, which nobody reads faster
const AT_ONCE = 8; // values; of more, half are written in a frame
const NARROWER = 0.4; // digits, that a sign or a point is narrower
const ASIDE = 25; // ms that they wait, so that they are not written in the frame in which a report is taken

interface Row {
  row: HTMLElement;
  value: HTMLElement;
  width: number; // digits, that it ever had
  decimals: number;
  largest: number;
  last: number;
  time: number; // µs
  signed: boolean; // whether any was below 0
}

export class LastValues {
  readonly #list: HTMLElement;
  #rows: Row[] = [];
  #names = "";

  /** Fills a <dl>. */
  constructor(list: HTMLElement) {
    this.#list = list;
  }

  set schema(series: readonly Series[]) {
    const names = JSON.stringify(series.map(({ name, unit }) => [name, unit]));
    if (names === this.#names) return;
    this.#names = names;
    const before = this.#rows;
    this.#rows = series.map(({ name, unit }, i) => {
      const row = make("div", "value-row");
      row.dataset["series"] = String(i);
      const term = make("dt");
      const button = make("button", "series"); // hides and shows it: see hands/legend.ts
      button.type = "button";
      button.ariaPressed = "true";
      button.append(make("span", `swatch series-${(i % SERIES_COLOURS) + 1}`), make("span", "name", name));
      term.append(button);
      term.title = name;
      const value = make("span", "value", "–");
      const detail = make("dd");
      detail.append(value, make("span", "unit", unit ?? ""));
      row.append(term, detail);
      const old = before[i];
      return { row, value, width: 0, decimals: old?.decimals ?? 0, largest: old?.largest ?? 0, last: old?.last ?? NaN, time: old?.time ?? -Infinity, signed: old?.signed ?? false };
    });
    this.#list.toggleAttribute("data-long", series.some(({ name, unit = "" }) => name.length + unit.length > LONG));
    this.#list.replaceChildren(...this.#rows.map(({ row }) => row));
  }

  /** Takes note of the last readings; nothing is shown yet. */
  take(figures: readonly Figures[]): void {
    figures.forEach(({ last, lastTime, low }, i) => {
      const row = this.#rows[i];
      if (row === undefined || Number.isNaN(lastTime)) return;
      [row.last, row.time] = [last, lastTime];
      row.signed ||= low < 0;
    });
  }

  /** Shows what was taken: in one frame, which costs mostly the same for one row and for eight; where there are more, half of them in turn. */
  readonly show = throttled(() => {
    for (const turn of [0, 1]) setTimeout(() => this.#write(turn), ASIDE + turn * EVERY);
  }, 2 * EVERY);

  #write(turn: number): void {
    const newest = Math.max(...this.#rows.map((row) => row.time));
    const all = this.#rows.length;
    const half = Math.ceil(all / 2);
    for (const [i, row] of this.#rows.entries()) {
      const due = all <= AT_ONCE || Math.floor(i / half) === turn || row.width === 0; // a row that has shown nothing yet always is
      if (Number.isNaN(row.last) || !due) continue;
      const text = format(row);
      const width = text.length - NARROWER * text.replace(/[^-.]/g, "").length + (row.signed && row.last >= 0 ? 1 - NARROWER : 0);
      write(row.value, text);
      if (width > row.width) row.value.style.width = `${(row.width = width)}ch`; // of a fixed size, it is laid out by itself
      row.row.toggleAttribute("data-stale", row.time < newest - STALE);
    }
  }
}

function format(row: Row): string {
  const size = Math.abs(row.last);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return row.last.toExponential(4);
  row.largest = Math.max(row.largest, size);
  const shortest = Number.isInteger(row.last) ? "" : String(Number(row.last.toPrecision(DIGITS)));
  row.decimals = Math.max(row.decimals, shortest.includes(".") ? shortest.length - shortest.indexOf(".") - 1 : 0);
  const room = DIGITS - 1 - Math.floor(Math.log10(Math.max(1, row.largest)));
  return row.last.toFixed(Math.max(0, Math.min(row.decimals, room)));
}
