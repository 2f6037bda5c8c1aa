// The plane of a series' spectrum: how large a sine of each frequency is in it.

import { countText } from "../page";
import type { Series } from "../frame";
import { SERIES_COLOURS, type Theme } from "../plot/theme";
import { paintSheet, Reach, type Axis, type Context } from "./chart";
import { choice, SeriesChoice } from "./choice";
import { paintCurve, paintPeak, paintSpot, spotAt } from "./curve";
import { evenly, type Even, type Readings } from "./even";
import { peakOf, spectrumOf, type Peak, type Spectrum } from "./spectrum";
import type { Plane } from "./plane";
import { fixedText, frequencyText, spanText, titleOf, valueText } from "./words";

const LEAST = 8; // readings
const DEPTH = 100; // dB below the highest that are shown
const FREQUENCY = "Frequency in Hz";

export class Tones implements Plane {
  readonly name = "Spectrum";
  readonly most = 1 << 16;
  readonly fields: HTMLElement[];
  readonly #series: SeriesChoice;
  readonly #scale: HTMLSelectElement; // of the amplitudes
  readonly #axis: HTMLSelectElement; // of the frequencies
  readonly #reach = new Reach();
  #shown: Series | undefined;
  #index = 0;
  #count = 0; // readings that came
  #even: Even | undefined;
  #spectrum: Spectrum | undefined;
  #peak: Peak | undefined;

  constructor(link: URLSearchParams, onChange: () => void) {
    this.#series = new SeriesChoice("Series", 0, link.get("of"), onChange);
    const scale = choice("Amplitude", [["linear", "linear"], ["decibel", "in dB"]], () => {
      this.#reach.forget();
      onChange();
    });
    const axis = choice("Frequency", [["linear", "linear"], ["log", "log"]], onChange);
    this.#scale = scale.select;
    this.#axis = axis.select;
    if (link.get("amplitude") === "decibel") this.#scale.value = "decibel";
    if (link.get("frequency") === "log") this.#axis.value = "log";
    this.fields = [this.#series.field, scale.field, axis.field];
  }

  wanted(series: readonly Series[]): number[] {
    this.#index = this.#series.among(series);
    if (series[this.#index]?.name !== this.#shown?.name) this.#reach.forget();
    this.#shown = series[this.#index];
    return this.#shown === undefined ? [] : [this.#index];
  }

  take([readings]: readonly Readings[]): void {
    this.#count = readings?.times.length ?? 0;
    this.#even = readings && evenly(readings, LEAST);
    this.#spectrum = this.#even && spectrumOf(this.#even.values, this.#even.step);
    this.#peak = this.#spectrum && peakOf(this.#spectrum);
  }

  paint(context: Context, theme: Theme, x: number | undefined): void {
    const decibel = this.#scale.value === "decibel";
    const { unit = "" } = this.#shown ?? {};
    const spectrum = this.#spectrum;
    const [low, high] = this.#reach.around(...this.#extent(decibel));
    const title = decibel ? `Amplitude in dB re 1 ${unit}`.trim() : titleOf({ name: "Amplitude", unit });
    const sheet = paintSheet(context, theme, this.#frequencies(), { low, high, title });
    if (spectrum === undefined) return;
    const level = (amplitude: number): number => Math.max(low, decibel ? decibels(amplitude) : amplitude);
    const colour = theme.series[this.#index % SERIES_COLOURS]!;
    paintCurve(context, sheet, spectrum, level, colour);
    if (this.#peak !== undefined) paintPeak(context, theme, sheet, this.#peak, level, colour, this.#text(this.#peak));
    const spot = x === undefined ? undefined : spotAt(sheet, spectrum, x);
    if (spot !== undefined) paintSpot(context, theme, sheet, spot, level, this.#text(spot));
  }

  /** From the least to the largest amplitude that is to be seen. */
  #extent(decibel: boolean): [number, number] {
    let least = Infinity;
    let largest = this.#peak?.amplitude ?? 0;
    for (const one of this.#spectrum?.amplitudes ?? []) {
      if (one > largest) largest = one;
      if (one > 0 && one < least) least = one;
    }
    if (largest === 0) return decibel ? [-DEPTH, 0] : [0, 1]; // nothing is there
    const high = decibels(largest);
    return decibel ? [Math.max(high - DEPTH, decibels(least)), high] : [0, largest];
  }

  #frequencies(): Axis {
    const { amplitudes, spacing } = this.#spectrum ?? { amplitudes: [0, 0], spacing: 1 };
    const high = (amplitudes.length - 1) * spacing;
    return this.#axis.value === "log" && high > spacing ? { low: spacing, high, title: FREQUENCY, log: true } : { low: 0, high, title: FREQUENCY };
  }

  get chosen(): [string, string][] {
    const chosen: [string, string][] = this.#shown === undefined ? [] : [["of", this.#shown.name]];
    if (this.#scale.value === "decibel") chosen.push(["amplitude", "decibel"]);
    if (this.#axis.value === "log") chosen.push(["frequency", "log"]);
    return chosen;
  }

  get label(): string {
    return this.#shown === undefined ? "Spectrum, empty" : `Spectrum of ${titleOf(this.#shown)}. ${this.words}.`;
  }

  get words(): string {
    if (this.#spectrum === undefined) return `Too few readings in view: ${this.#count} of ${LEAST}`;
    return this.#peak === undefined ? "No peak: the readings are all the same" : `Peak at ${this.#text(this.#peak)}`;
  }

  get note(): string {
    const even = this.#even;
    if (even === undefined || this.#spectrum === undefined) return "";
    const { resolution } = this.#spectrum;
    const rate = `${valueText(1e6 / even.step, "", 3)}/s`;
    const parts = [`${countText(even.readings)} readings in ${spanText(even.step * even.values.length)}${even.resampled ? "" : `, ${rate}`}`, `resolution ${valueText(resolution, "Hz", 2)}`];
    if (even.resampled) parts.push(`they come unevenly: resampled at ${rate}`);
    if (even.parted) parts.push("the longest part without a gap");
    if (this.#count >= this.most) parts.push("the newest of those in view");
    return parts.join(" · ");
  }

  #text({ frequency, amplitude }: Peak): string {
    const size = this.#scale.value === "decibel" ? `${fixedText(decibels(amplitude), 1)} dB` : valueText(amplitude, this.#shown?.unit);
    return `${frequencyText(frequency, this.#spectrum?.resolution ?? 1)}: ${size}`;
  }
}

function decibels(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}
