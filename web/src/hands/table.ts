// What the tables of a plot have in common.

import { make } from "../page";
import { SERIES_COLOURS } from "../plot/theme";

/** The head of a column; `title` says what a sign stands for. */
export function columnHead(text: string, title = ""): HTMLTableCellElement {
  const head = make("th", "", text);
  head.scope = "col";
  if (title !== "") {
    head.title = title;
    head.setAttribute("aria-label", title);
  }
  return head;
}

/** The colour of a series. */
export function swatch(series: number): HTMLElement {
  return make("span", `swatch series-${(series % SERIES_COLOURS) + 1}`);
}
