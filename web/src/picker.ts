// The list of sensors to choose from: a box to tick, and beside it what the
// sensor gives, or in words why it gives nothing. Ticking asks for it.

import { make, write } from "./page";
import type { Sensor } from "./sensors";
import { SENSORS } from "./sensors";
import { after } from "./timer";
import { symbolOf } from "./unit";

const FIRST_WITHIN = 4_000; // ms, without which something is wrong; a location takes longer
const FIGURES = 5;

const WAITING = "Waiting for its first reading.";
const NOTHING = "Nothing comes yet: this device may not have it, or its settings may keep it from this page.";

interface Row {
  sensor: Sensor;
  box: HTMLInputElement;
  words: HTMLElement;
  latest: number[] | undefined;
  due: number; // µs: readings before are passed over
  close: () => void;
}

export interface PickerConfig {
  list: HTMLElement;
  onReading(sensor: Sensor, micros: number, values: number[]): void;
  onChange(): void; // of what is chosen
}

export class Picker {
  readonly #config: PickerConfig;
  readonly #rows: Row[] = [];
  interval = 0; // µs between two readings of one sensor, at the least

  constructor(config: PickerConfig) {
    this.#config = config;
    for (const sensor of SENSORS) this.#add(sensor);
  }

  /** The sensors that are ticked, in their order. */
  get chosen(): Sensor[] {
    return this.#rows.filter(({ box }) => box.checked).map(({ sensor }) => sensor);
  }

  /** What the first of them has given last. */
  get latest(): { name: string; unit: string; value: number } | undefined {
    const row = this.#rows.find(({ box }) => box.checked);
    const [value] = row?.latest ?? [];
    const [series] = row?.sensor.series ?? [];
    return value === undefined || series === undefined ? undefined : { name: series.name, unit: symbolOf(series.unit ?? ""), value };
  }

  focus(): void {
    this.#rows.find(({ box }) => !box.disabled)?.box.focus();
  }

  /** Unticks all: none of them is listened to any more. */
  clear(): void {
    for (const row of this.#rows) if (row.box.checked) this.#untick(row, "");
  }

  /** Writes what the sensors give. */
  show(): void {
    for (const { sensor, latest, words } of this.#rows) if (latest !== undefined) write(words, valuesText(sensor, latest));
  }

  #add(sensor: Sensor): void {
    const item = make("li");
    const label = make("label", "tick");
    const box = make("input");
    const words = make("span", "sensor-words", sensor.missing());
    box.type = "checkbox";
    box.autocomplete = "off";
    box.disabled = words.textContent !== "";
    words.id = `${sensor.name.toLowerCase()}-words`;
    box.setAttribute("aria-describedby", words.id);
    label.append(box, sensor.name);
    item.append(label, words);
    this.#config.list.append(item);
    const row: Row = { sensor, box, words, latest: undefined, due: 0, close: () => {} };
    this.#rows.push(row);
    box.addEventListener("change", () => {
      if (box.checked) this.#open(row);
      else this.#untick(row, "");
      this.#config.onChange();
    });
  }

  #open(row: Row): void {
    write(row.words, WAITING);
    const stopWaiting = after(FIRST_WITHIN, () => write(row.words, NOTHING));
    const stop = row.sensor.open({
      reading: (micros, values) => {
        stopWaiting();
        row.latest = values;
        if (micros < row.due) return;
        row.due = Math.max(row.due + this.interval, micros - this.interval); // the average holds
        this.#config.onReading(row.sensor, micros, values);
      },
      trouble: (words) => {
        this.#untick(row, words);
        this.#config.onChange();
      },
    });
    row.close = () => {
      stopWaiting();
      stop();
    };
  }

  #untick(row: Row, words: string): void {
    row.close();
    row.close = () => {};
    row.box.checked = false;
    row.latest = undefined;
    row.due = 0;
    write(row.words, words);
  }
}

/** "x 0.12 y 9.81 z 0.03 m/s²", with a unit behind each run of values that has it. */
function valuesText({ series, short }: Sensor, values: number[]): string {
  const parts = series.flatMap(({ unit = "" }, i) => (Number.isNaN(values[i]) ? [] : [{ unit: symbolOf(unit), text: `${short[i]} ${figures(values[i] ?? NaN)}` }]));
  return parts.map(({ text, unit }, i) => (unit === "" || parts[i + 1]?.unit === unit ? text : `${text} ${unit}`)).join(", ");
}

/** A value in a few figures, for people. */
export function figures(value: number): string {
  const text = value.toPrecision(FIGURES);
  return text.includes("e") ? text : String(Number(text));
}
