// What the cursors say, as a table of the document, for readers of the screen.
// Everybody else sees it in the plot itself: see plot/readout.ts. It is written
// at once when a cursor was moved, and now and then while the plot moves on.

import { hide, make, write } from "../page";
import { cutsText, type CutsText } from "../plot/cuts";
import type { Report } from "../plot/orders";
import type { Acts } from "./acts";
import { columnHead } from "./table";

const EVERY = 10_000; // ms: laying the table out is the dearest thing on the page

export class Readout {
  readonly #acts: Acts;
  readonly #box = make("div", "unseen");
  readonly #table = make("table");
  #cells: HTMLElement[][] = []; // by row, the heads first
  #shape = "";
  #key = "";
  #written = -Infinity; // ms

  constructor(stage: HTMLElement, acts: Acts) {
    this.#acts = acts;
    this.#table.setAttribute("aria-label", "Cursors");
    this.#box.hidden = true;
    this.#box.append(this.#table);
    stage.append(this.#box);
  }

  show(report: Report): void {
    const { look, series, cursor } = this.#acts;
    const { hover, marks: [a, b], live, start } = report;
    hide(this.#box, hover === undefined && a === undefined && b === undefined);
    if (this.#box.hidden) return;
    const now = performance.now();
    const shape = JSON.stringify([hover === undefined, a === undefined, b === undefined, look.hidden, series]);
    const key = [shape, cursor, a?.time, b?.time, live || start, look.clock].join();
    if (key === this.#key && now - this.#written < EVERY) return;
    [this.#key, this.#written] = [key, now];
    const text = cutsText(report, series.length, look.clock)!;
    if (shape !== this.#shape) this.#make(text);
    this.#shape = shape;
    [text.heads, text.times, ...this.#seen(text.rows)].forEach((texts, r) => texts.forEach((one, c) => write(this.#cells[r]![c]!, one)));
    if (text.rate !== "") write(this.#cells.at(-1)![0]!, text.rate);
  }

  #seen<T>(rows: readonly T[]): T[] {
    const { look, series } = this.#acts;
    return rows.filter((_, i) => !look.hidden.includes(series[i]!.name));
  }

  /** Makes the rows and columns that the texts need. */
  #make({ heads, rate }: CutsText): void {
    const top = heads.map((head) => columnHead(head));
    const row = (name: string, unit: string, cells: HTMLElement[]): HTMLElement => {
      const head = make("th");
      head.scope = "row";
      head.append(make("span", "name", name), make("span", "unit", unit));
      const made = make("tr");
      made.append(head, ...cells);
      return made;
    };
    const first = make("tr");
    first.append(make("td"), ...top);
    const blank = (): HTMLElement[] => heads.map(() => make("td"));
    const [times, last] = [blank(), blank()];
    const seen = this.#seen(this.#acts.series).map(({ name, unit = "" }) => ({ name, unit, cells: blank() }));
    const rows = [first, row("Time", "", times), ...seen.map(({ name, unit, cells }) => row(name, unit, cells))];
    if (rate !== "") rows.push(row("1/Δ", "", last));
    this.#cells = [top, times, ...seen.map(({ cells }) => cells), last.slice(-1)];
    this.#table.replaceChildren(...rows);
  }
}
