// The view settings: a sheet beside the plot. What is changed there holds at
// once.

import { make, write } from "../page";
import type { Clock, Layout, Look, Scales } from "../plot/orders";
import { type Acts, CLOCK_WORDS, LAYOUT_WORDS } from "./acts";
import type { Alarms } from "./alarms";
import { spanOf, spanText } from "../plot/digits";
import { SeriesSettings } from "./limits";
import { sheet } from "./sheet";

const LEAST = 1e3; // µs of a window
const MOST = 7 * 86400e6;
const WINDOW_HINT = "Such as 500 ms, 90 s, 2 h, or all.";
const SCALE_WORDS: Record<Scales, string> = { shared: "one a lane", own: "one a series" };
const AUTOMATIC: Partial<Look> = { window: 10_000, layout: "auto", scales: "shared", clock: "local", hidden: [], ranges: {}, thresholds: [] };

export class Settings {
  readonly #acts: Acts;
  readonly #alarms: Alarms;
  readonly #window = make("input");
  readonly #windowHint = make("p", "muted", WINDOW_HINT);
  readonly #layout: HTMLSelectElement;
  readonly #scales: HTMLSelectElement;
  readonly #clock: HTMLSelectElement;
  readonly #series: SeriesSettings;
  readonly #notify = make("input");
  readonly #why = make("p", "muted");
  readonly #dialog: HTMLDialogElement;

  constructor(acts: Acts, alarms: Alarms) {
    this.#acts = acts;
    this.#alarms = alarms;
    this.#layout = choice<Layout>(LAYOUT_WORDS, (layout) => acts.change({ layout }));
    this.#scales = choice<Scales>(SCALE_WORDS, (scales) => acts.change({ scales }));
    this.#clock = choice<Clock>(CLOCK_WORDS, (clock) => acts.change({ clock }));
    this.#series = new SeriesSettings(acts);
    this.#window.autocomplete = "off";
    this.#window.addEventListener("change", () => this.#setWindow());
    const reset = make("button", "", "Reset all");
    reset.type = "button";
    reset.addEventListener("click", () => acts.change(AUTOMATIC));
    const view = make("div", "settings-view");
    view.append(field("Window", this.#window), field("Lanes", this.#layout), field("Y axis", this.#scales), field("Times", this.#clock));
    this.#windowHint.id = "window-hint";
    this.#window.setAttribute("aria-describedby", this.#windowHint.id);
    this.#dialog = sheet("View settings", view, this.#windowHint, this.#series.table, this.#series.words, this.#notifyField(), this.#why, reset);
    document.addEventListener("plotbeam:look", () => this.#dialog.open && this.show());
    alarms.onWhy = () => this.show();
  }

  open(): void {
    this.show();
    this.#dialog.showModal();
  }

  /** Writes the look into the fields, but not into the one that is being typed in. */
  show(): void {
    const { window, layout, scales, clock } = this.#acts.look;
    if (document.activeElement !== this.#window) this.#window.value = window === "all" ? "all" : spanText(window * 1e3);
    this.#layout.value = layout;
    this.#scales.value = scales;
    this.#clock.value = clock;
    this.#series.show();
    this.#notify.checked = this.#alarms.wanted;
    write(this.#why, this.#alarms.why);
  }

  #setWindow(): void {
    const text = this.#window.value.trim().toLowerCase();
    const micros = spanOf(text);
    const good = text === "all" || (micros >= LEAST && micros <= MOST);
    this.#window.toggleAttribute("aria-invalid", false);
    write(this.#windowHint, good ? WINDOW_HINT : `The window is a span of time from ${spanText(LEAST)} to ${spanText(MOST)}. ${WINDOW_HINT}`);
    if (!good) this.#window.setAttribute("aria-invalid", "true");
    else this.#acts.change({ window: text === "all" ? "all" : micros / 1e3 });
  }

  #notifyField(): HTMLElement {
    const label = make("label", "tick");
    this.#notify.type = "checkbox";
    this.#notify.addEventListener("change", () => void this.#alarms.want(this.#notify.checked));
    this.#why.setAttribute("role", "status");
    label.append(this.#notify, "Notify me when a value goes beyond its limits");
    return label;
  }
}

function choice<T extends string>(words: Record<T, string>, chosen: (value: T) => void): HTMLSelectElement {
  const select = make("select");
  const values = Object.keys(words) as T[];
  select.append(...values.map((value) => new Option(words[value], value)));
  select.addEventListener("change", () => chosen(values[select.selectedIndex]!));
  return select;
}

function field(text: string, control: HTMLInputElement | HTMLSelectElement): HTMLElement {
  const label = make("label", "field");
  label.append(make("span", "", text), control);
  return label;
}
