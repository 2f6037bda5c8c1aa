// What is set for one series: whether it is shown, the range of its axis, and
// the limits beyond which a value is an alarm.

import { make, write } from "../page";
import type { Threshold } from "../plot/orders";
import type { Acts } from "./acts";
import { numberOf, valueText } from "../plot/digits";
import { columnHead, swatch } from "./table";

interface Row {
  row: HTMLElement;
  shown: HTMLInputElement;
  low: HTMLInputElement;
  high: HTMLInputElement;
  below: HTMLInputElement;
  above: HTMLInputElement;
}

export class SeriesSettings {
  readonly #acts: Acts;
  readonly table = make("table", "limits");
  /** What is wrong with what was typed. */
  readonly words = make("p", "muted");
  readonly #body = make("tbody");
  #rows: Row[] = [];
  #names = "";

  constructor(acts: Acts) {
    this.#acts = acts;
    this.words.setAttribute("role", "status");
    this.table.setAttribute("aria-label", "Series");
    const groups = make("tr");
    groups.append(make("td"), group("Range of the axis"), group("Alarm"));
    const head = make("tr");
    head.append(...["Shown", "from", "to", "below", "above"].map((text) => columnHead(text)));
    const top = make("thead");
    top.append(groups, head);
    this.table.append(top, this.#body);
  }

  /** Writes the look into the fields, but not into the one that is being typed in. */
  show(): void {
    this.#fit();
    const { series, look } = this.#acts;
    this.#rows.forEach(({ shown, low, high, below, above }, i) => {
      const { name } = series[i]!;
      const range = look.ranges[name];
      const limit = look.thresholds.find((one) => one.series === name);
      shown.checked = !look.hidden.includes(name);
      put(low, range?.[0]);
      put(high, range?.[1]);
      put(below, limit?.below);
      put(above, limit?.above);
    });
  }

  #fit(): void {
    const { series } = this.#acts;
    const names = JSON.stringify(series.map(({ name, unit }) => [name, unit]));
    if (names === this.#names) return;
    this.#names = names;
    this.#rows = series.map(({ name, unit = "" }, i) => this.#row(i, name, unit));
    this.#body.replaceChildren(...this.#rows.map(({ row }) => row));
  }

  #row(i: number, name: string, unit: string): Row {
    const row = make("tr");
    const shown = make("input");
    shown.type = "checkbox";
    shown.addEventListener("change", () => this.#acts.hide(i));
    const label = make("label", "tick");
    label.append(shown, swatch(i), make("span", "name", name), make("span", "unit", unit));
    const head = make("th");
    head.scope = "row";
    head.append(label);
    const entry = (what: string, hint: string, changed: (one: Row) => void) => {
      const input = make("input");
      input.inputMode = "text"; // a phone's decimal keys have no minus
      input.autocomplete = "off";
      input.placeholder = hint;
      input.setAttribute("aria-label", `${name} ${what}`);
      input.addEventListener("change", () => changed(made));
      return input;
    };
    const [range, alarm] = [(one: Row) => this.#setRange(i, one), (one: Row) => this.#setAlarm(i, one)];
    const made: Row = { row, shown, low: entry("from", "auto", range), high: entry("to", "auto", range), below: entry("alarm below", "–", alarm), above: entry("alarm above", "–", alarm) };
    row.append(head, ...[made.low, made.high, made.below, made.above].map(cell));
    return made;
  }

  /** Fixes a range. Where one end was typed only, the other is where it is now; where one was taken away, both are. */
  #setRange(i: number, { low, high }: Row): void {
    const { series, look, report } = this.#acts;
    const { name } = series[i]!;
    const { [name]: old, ...others } = look.ranges;
    const [from, to] = [this.#read(low), this.#read(high)];
    if (from === null || to === null) return;
    if (from === undefined && to === undefined || old !== undefined && (from === undefined || to === undefined)) {
      this.#acts.change({ ranges: others });
      return;
    }
    const lane = report?.lanes.find((one) => one.series.includes(i));
    const range: [number, number] = [from ?? lane?.low ?? to! - 1, to ?? lane?.high ?? from! + 1];
    if (this.#order(range[0], range[1], [low, high], `The range of ${name}`)) this.#acts.change({ ranges: { ...others, [name]: range } });
  }

  #setAlarm(i: number, { below, above }: Row): void {
    const { series, look } = this.#acts;
    const { name } = series[i]!;
    const [low, high] = [this.#read(below), this.#read(above)];
    if (low === null || high === null || !this.#order(low ?? -Infinity, high ?? Infinity, [below, above], `The limits of ${name}`)) return;
    const limit: Threshold = { series: name, ...(high !== undefined && { above: high }), ...(low !== undefined && { below: low }) };
    const others = look.thresholds.filter((one) => one.series !== name);
    this.#acts.change({ thresholds: low === undefined && high === undefined ? others : [...others, limit] });
  }

  /** What a field says; null where that is no number, which is said. */
  #read(input: HTMLInputElement): number | undefined | null {
    const value = numberOf(input.value);
    const good = !Number.isNaN(value);
    invalid(input, !good);
    write(this.words, good ? "" : `“${input.value}” is no number.`);
    return good ? value : null;
  }

  #order(low: number, high: number, inputs: HTMLInputElement[], what: string): boolean {
    const good = low < high;
    for (const input of inputs) invalid(input, !good);
    write(this.words, good ? "" : `${what} must go up: ${valueText(low)} is not below ${valueText(high)}.`);
    return good;
  }
}

function invalid(input: HTMLInputElement, bad: boolean): void {
  if (bad) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function put(input: HTMLInputElement, value: number | undefined): void {
  if (document.activeElement === input || input.getAttribute("aria-invalid") === "true") return;
  input.value = value === undefined ? "" : String(Number(value.toPrecision(7)));
}

function cell(input: HTMLInputElement): HTMLElement {
  const made = make("td");
  made.append(input);
  return made;
}

function group(text: string): HTMLElement {
  const head = make("th", "", text);
  head.colSpan = 2;
  head.scope = "colgroup";
  return head;
}
