// Selects with their labels, for what a plane shows.

import type { Series } from "../frame";
import { make } from "../page";

let fields = 0; // made so far; each has an id of its own

/** A select with a label. The options are pairs of a value and a text. */
export function choice(label: string, options: readonly (readonly [string, string])[], onChange: () => void): { field: HTMLElement; select: HTMLSelectElement } {
  const field = make("p", "field inline");
  const select = make("select");
  const caption = make("label", "", label);
  caption.htmlFor = select.id = `plane-${++fields}`;
  select.append(...options.map(([value, text]) => new Option(text, value)));
  select.addEventListener("change", onChange);
  field.append(caption, select);
  return { field, select };
}

/** A select of a series, which it remembers by name: a device may come back with others before it. */
export class SeriesChoice {
  readonly field: HTMLElement;
  readonly #select: HTMLSelectElement;
  readonly #usual: number;
  #names: string[] = [];
  #wish: string; // chosen by a person

  /** `usual` is chosen until a person chooses, or the first where there are not so many; a link's `wish` is a choice, too. */
  constructor(label: string, usual: number, wish: string | null, onChange: () => void) {
    this.#usual = usual;
    this.#wish = wish ?? "";
    ({ field: this.field, select: this.#select } = choice(label, [], () => {
      this.#wish = this.#select.value;
      onChange();
    }));
  }

  /** The index of the chosen one; −1 where there is none. */
  among(series: readonly Series[]): number {
    if (series.length !== this.#names.length || series.some(({ name }, i) => name !== this.#names[i])) {
      this.#names = series.map(({ name }) => name);
      this.#select.replaceChildren(...this.#names.map((name) => new Option(name)));
    }
    const wished = this.#names.indexOf(this.#wish);
    const index = wished >= 0 ? wished : Math.min(this.#usual, series.length - 1);
    this.#select.selectedIndex = index;
    return index;
  }
}
