// What the cursors say: the values at the pointer and at marks A and B, and how
// far these are apart. It stands over the plot, on the side where the pointer
// is not.

import type { Series } from "../frame";
import { make, write } from "../page";
import type { Cut, Report } from "../plot/orders";
import type { Acts } from "./acts";
import { differenceText, exactSpanText, timeText, valueText } from "./digits";
import { momentOf } from "./moment";
import { columnHead, swatch } from "./table";

const COLUMNS = ["Cursor", "A", "B", "Δ"] as const;
const FINER = 10; // times finer than the axis tells times

interface Row {
  row: HTMLElement;
  cells: HTMLElement[];
}

export class Readout {
  readonly #acts: Acts;
  readonly #table = make("table", "readout");
  readonly #heads = COLUMNS.map((text) => columnHead(text));
  readonly #time = makeRow("Time");
  readonly #rate = makeRow("1/Δ");
  readonly #body = make("tbody");
  #rows: Row[] = [];
  #series: readonly Series[] = [];

  constructor(stage: HTMLElement, acts: Acts) {
    this.#acts = acts;
    const table = this.#table;
    table.setAttribute("aria-label", "Cursors");
    table.hidden = true;
    const top = make("thead");
    const head = make("tr");
    head.append(make("td"), ...this.#heads);
    top.append(head, this.#time.row);
    const foot = make("tfoot");
    foot.append(this.#rate.row);
    table.append(top, this.#body, foot);
    stage.append(table);
  }

  show(report: Report): void {
    const { hover, marks } = report;
    const [a, b] = marks;
    this.#table.hidden = hover === undefined && a === undefined && b === undefined;
    if (this.#table.hidden) return;
    this.#fit();
    const [from, to] = a !== undefined && b === undefined ? [a, hover] : [a, b];
    const apart = from !== undefined && to !== undefined;
    [hover, a, b].forEach((cut, c) => this.#column(c, cut, report));
    this.#shown(3, apart);
    this.#rate.row.hidden = !apart;
    if (apart) this.#difference(from, to, b === undefined);
    const { look, series } = this.#acts;
    this.#rows.forEach(({ row }, i) => (row.hidden = look.hidden.includes(series[i]?.name ?? "")));
    const at = (hover ?? b ?? a)!.time;
    this.#table.toggleAttribute("data-left", at > (report.start + report.end) / 2);
  }

  #column(c: number, cut: Cut | undefined, report: Report): void {
    this.#shown(c, cut !== undefined);
    if (cut === undefined) return;
    const { time, since } = momentOf(cut.time, report);
    write(this.#time.cells[c]!, timeText(time, this.#acts.look.clock, since, (report.end - report.start) / FINER));
    this.#rows.forEach(({ cells }, i) => write(cells[c]!, valueText(cut.values[i] ?? NaN)));
  }

  #difference(from: Cut, to: Cut, open: boolean): void {
    const micros = to.time - from.time;
    write(this.#heads[3]!, open ? "Δ to A" : "Δ B − A");
    write(this.#time.cells[3]!, exactSpanText(micros));
    write(this.#rate.cells[3]!, micros === 0 ? "–" : `${valueText(Number((1e6 / Math.abs(micros)).toPrecision(5)))} Hz`);
    this.#rows.forEach(({ cells }, i) => write(cells[3]!, differenceText((to.values[i] ?? NaN) - (from.values[i] ?? NaN))));
  }

  #shown(c: number, shown: boolean): void {
    for (const cell of [this.#heads[c]!, ...[this.#time, this.#rate, ...this.#rows].map(({ cells }) => cells[c]!)]) cell.hidden = !shown;
  }

  /** Makes rows for the series that there are. */
  #fit(): void {
    const { series } = this.#acts;
    if (series.length === this.#series.length && series.every(({ name, unit }, i) => name === this.#series[i]?.name && unit === this.#series[i]?.unit)) return;
    this.#series = [...series];
    this.#rows = series.map(({ name, unit }, i) => makeRow(name, unit, i));
    this.#body.replaceChildren(...this.#rows.map(({ row }) => row));
  }
}

function makeRow(name: string, unit = "", series?: number): Row {
  const row = make("tr");
  const head = make("th");
  head.scope = "row";
  if (series !== undefined) head.append(swatch(series));
  head.append(make("span", "name", name));
  if (unit !== "") head.append(make("span", "unit", unit));
  const cells = COLUMNS.map(() => make("td"));
  row.append(head, ...cells);
  return { row, cells };
}
