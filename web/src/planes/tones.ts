// The plane of a series' spectrum: how large a sine of each frequency is in it.

import { countText } from "../page";
import type { Series } from "../frame";
import { SERIES_COLOURS, type Theme } from "../plot/theme";
import { paintSheet, Reach, type Context } from "./chart";
import { choice, SeriesChoice } from "./choice";
import { paintCurve, paintPeak, paintSpot, spotAt } from "./curve";
import { evenly, type Even, type Readings } from "./even";
import { peakOf, spectrumOf, type Peak, type Spectrum } from "./spectrum";
import type { Plane } from "./plane";
import { frequencyText, spanText, titleOf, valueText } from "./words";

const LEAST = 8; // readings
const DEPTH = 100; // dB below the highest that are shown

export class Tones implements Plane {
  readonly name = "Spectrum";
  readonly most = 1 << 16;
  readonly fields: HTMLElement[];
  readonly #series: SeriesChoice;
  readonly #scale: HTMLSelectElement;
  readonly #reach = new Reach();
  #shown: Series | undefined;
  #index = 0;
  #count = 0; // readings that came
  #even: Even | undefined;
  #spectrum: Spectrum | undefined;
  #peak: Peak | undefined;

  constructor(onChange: () => void) {
    this.#series = new SeriesChoice("Series", 0, onChange);
    const { field, select } = choice("Amplitude", [["linear", "linear"], ["decibel", "in dB"]], () => {
      this.#reach.forget();
      onChange();
    });
    this.#scale = select;
    this.fields = [this.#series.field, field];
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
    const largest = spectrum?.amplitudes.reduce((most, one) => Math.max(most, one), 0) || 1;
    const [low, high] = decibel ? this.#reach.around(20 * Math.log10(largest) - DEPTH, 20 * Math.log10(largest)) : this.#reach.around(0, largest);
    const title = decibel ? `Amplitude in dB of 1${unit === "" ? "" : ` ${unit}`}` : titleOf({ name: "Amplitude", unit });
    const reach = spectrum === undefined ? 1 : (spectrum.amplitudes.length - 1) * spectrum.spacing;
    const sheet = paintSheet(context, theme, { low: 0, high: reach, title: "Frequency in Hz" }, { low, high, title });
    if (spectrum === undefined) return;
    const level = (amplitude: number): number => Math.max(low, decibel ? 20 * Math.log10(amplitude) : amplitude);
    const colour = theme.series[this.#index % SERIES_COLOURS]!;
    paintCurve(context, sheet, spectrum, level, colour);
    if (this.#peak !== undefined) paintPeak(context, theme, sheet, this.#peak, level, colour, this.#text(this.#peak));
    const spot = x === undefined ? undefined : spotAt(sheet, spectrum, x);
    if (spot !== undefined) paintSpot(context, theme, sheet, spot, level, this.#text(spot));
  }

  get label(): string {
    return this.#shown === undefined ? "Spectrum, empty" : `Spectrum of ${titleOf(this.#shown)}. ${this.words}.`;
  }

  get words(): string {
    if (this.#spectrum === undefined) return `Too few readings in view: ${this.#count}, where ${LEAST} are needed`;
    return this.#peak === undefined ? "No peak: the readings are all the same" : `Peak at ${this.#text(this.#peak)}`;
  }

  get note(): string {
    const even = this.#even;
    if (even === undefined || this.#spectrum === undefined) return "";
    const { resolution } = this.#spectrum;
    const parts = [`${countText(even.readings)} readings in ${spanText(even.step * even.values.length)}`, `lines ${frequencyText(resolution, resolution)} apart`];
    if (even.resampled) parts.push(`they come unevenly: resampled at ${countText(Math.round(1e6 / even.step))}/s`);
    if (even.parted) parts.push("the longest part without a gap");
    if (this.#count >= this.most) parts.push("the newest of those in view");
    return parts.join(" · ");
  }

  #text({ frequency, amplitude }: Peak): string {
    const size = this.#scale.value === "decibel" ? `${valueText(20 * Math.log10(amplitude), "dB")}` : valueText(amplitude, this.#shown?.unit);
    return `${frequencyText(frequency, this.#spectrum?.resolution ?? 1)}: ${size}`;
  }
}
