// The table of figures: for each series the last value, and what holds over the
// part that is visible. It is written once a second, so that whoever hears it
// read is not overrun, and at once when a view that stands was moved.

import { make, write } from "../page";
import type { Figures, Report } from "../plot/orders";
import type { Acts } from "./acts";
import { valueText } from "../plot/digits";
import { columnHead } from "./table";

const EVERY = 1_000; // ms
const COLUMNS: [string, (figures: Figures) => string, string?][] = [
  ["Last", ({ last }) => valueText(last)],
  ["Min", ({ low }) => valueText(low)],
  ["Max", ({ high }) => valueText(high)],
  ["Mean", ({ mean }) => valueText(mean)],
  ["σ", ({ deviation }) => valueText(deviation), "Standard deviation"],
  ["Rate", ({ rate }) => rateText(rate)],
];

export class FiguresTable {
  readonly #acts: Acts;
  readonly #box = make("div", "figures");
  readonly #body = make("tbody");
  #cells: HTMLElement[][] = [];
  #names = "";
  #written = -Infinity; // ms
  #start = NaN; // of what was written
  #end = NaN;

  /** Makes the table, which `button` opens, below the plot. */
  constructor(button: HTMLElement, plot: HTMLElement, acts: Acts) {
    this.#acts = acts;
    const table = make("table");
    table.setAttribute("aria-label", "Figures");
    const head = make("tr");
    head.append(columnHead("Series"), ...COLUMNS.map(([text, , title]) => columnHead(text, title)));
    const top = make("thead");
    top.append(head);
    table.append(top, this.#body);
    this.#box.id = "figures-box";
    this.#box.tabIndex = 0; // it scrolls where there is little room
    this.#box.setAttribute("role", "region");
    this.#box.setAttribute("aria-label", "Figures of what is visible");
    this.#box.hidden = true;
    this.#box.append(table);
    plot.after(this.#box);
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", this.#box.id);
    button.addEventListener("click", () => {
      this.#box.hidden = !this.#box.hidden;
      button.setAttribute("aria-expanded", String(!this.#box.hidden));
      if (acts.report !== undefined) this.show(acts.report);
      if (!this.#box.hidden) this.#box.scrollIntoView({ block: "nearest" });
    });
  }

  show({ figures, start, end, live }: Report): void {
    if (this.#box.hidden) return;
    const moved = !live && (start !== this.#start || end !== this.#end);
    const now = performance.now();
    if (!this.#fit() && !moved && now - this.#written < EVERY) return;
    [this.#written, this.#start, this.#end] = [now, start, end];
    const { series, look } = this.#acts;
    series.forEach(({ name }, i) => {
      const figure = figures[i];
      const cells = this.#cells[i];
      if (figure === undefined || cells === undefined) return;
      COLUMNS.forEach(([, text], c) => write(cells[c]!, text(figure)));
      cells[0]!.parentElement!.toggleAttribute("data-hidden", look.hidden.includes(name));
    });
  }

  /** Makes rows for the series that there are. Says whether they are new. */
  #fit(): boolean {
    const { series } = this.#acts;
    const names = JSON.stringify(series.map(({ name, unit }) => [name, unit]));
    if (names === this.#names) return false;
    this.#names = names;
    this.#cells = series.map(() => COLUMNS.map(() => make("td", "", "–")));
    this.#body.replaceChildren(
      ...series.map(({ name, unit = "" }, i) => {
        const row = make("tr");
        const head = make("th", "", unit === "" ? name : `${name} (${unit})`);
        head.scope = "row";
        row.append(head, ...this.#cells[i]!);
        return row;
      }),
    );
    return true;
  }
}

/** Readings per second, which nobody counts to more than four digits. */
function rateText(rate: number): string {
  return Number.isNaN(rate) ? valueText(rate) : `${valueText(rate < 1e4 ? Number(rate.toPrecision(4)) : Math.round(rate))}/s`;
}
