// The list of values as a legend: a series' name hides and shows it, and a
// value beyond its threshold is marked, in words too.

import { make, write } from "../page";
import type { Report } from "../plot/orders";
import type { Acts } from "./acts";
import { limitText } from "./alarms";

export class Legend {
  readonly #list: HTMLElement;
  readonly #acts: Acts;

  constructor(list: HTMLElement, acts: Acts) {
    this.#list = list;
    this.#acts = acts;
    list.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const index = this.#rows.findIndex((row) => button !== null && row.contains(button));
      if (index < 0) return;
      if (event.shiftKey) acts.only(index);
      else acts.hide(index);
    });
  }

  get #rows(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>(".value-row")];
  }

  /** Shows what is hidden. */
  look(): void {
    const { series, look } = this.#acts;
    this.#rows.forEach((row, i) => {
      const shown = !look.hidden.includes(series[i]?.name ?? "");
      const button = row.querySelector("button");
      if (button !== null && button.ariaPressed !== String(shown)) button.ariaPressed = String(shown);
    });
  }

  /** Marks what is beyond its threshold. */
  show({ figures }: Report): void {
    const { series, look } = this.#acts;
    this.look();
    this.#rows.forEach((row, i) => {
      const [one, figure] = [series[i], figures[i]];
      const over = one !== undefined && figure?.over === true;
      if (row.hasAttribute("data-over") === over && !over) return;
      row.toggleAttribute("data-over", over);
      const words = row.querySelector<HTMLElement>(".alarm") ?? row.appendChild(make("dd", "alarm"));
      write(words, over ? limitText(one, figure.last, look.thresholds) : "");
    });
  }
}
