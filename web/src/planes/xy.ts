// The plane of one series over another.

import { countText } from "../page";
import type { Series } from "../frame";
import { SERIES_COLOURS, type Theme } from "../plot/theme";
import { paintSheet, Reach, type Context } from "./chart";
import { SeriesChoice } from "./choice";
import { paintCloud } from "./cloud";
import type { Readings } from "./even";
import { correlation, extentOf, pairsOf, type Pairs } from "./pairs";
import type { Plane } from "./plane";
import { fixedText, titleOf, valueText } from "./words";

export class XY implements Plane {
  readonly name = "XY plot";
  readonly most = 100_000;
  readonly fields: HTMLElement[];
  readonly #choices: [SeriesChoice, SeriesChoice];
  readonly #reaches = [new Reach(), new Reach()] as const;
  #shown: Series[] = []; // x and y
  #colour = 0;
  #pairs: Pairs = { x: new Float64Array(0), y: new Float64Array(0), paired: true };
  #extents: [number, number][] = []; // of x and y
  #live = false;

  constructor(link: URLSearchParams, onChange: () => void) {
    this.#choices = [new SeriesChoice("X", 0, link.get("x"), onChange), new SeriesChoice("Y", 1, link.get("y"), onChange)];
    this.fields = this.#choices.map(({ field }) => field);
  }

  wanted(series: readonly Series[]): number[] {
    const indices = this.#choices.map((one) => one.among(series)).filter((index) => index >= 0);
    const shown = indices.map((index) => series[index]!);
    if (shown.some(({ name }, i) => name !== this.#shown[i]?.name)) this.#reaches.forEach((reach) => reach.forget());
    this.#shown = shown;
    this.#colour = indices[1] ?? 0;
    return indices;
  }

  take([x, y]: readonly Readings[], live: boolean): void {
    if (x === undefined || y === undefined) return;
    this.#pairs = pairsOf(x, y, this.most);
    this.#extents = [extentOf(this.#pairs.x), extentOf(this.#pairs.y)];
    this.#live = live;
  }

  paint(context: Context, theme: Theme): void {
    const [x, y] = this.#reaches.map((reach, i) => {
      const [low, high] = reach.around(...(this.#extents[i] ?? [NaN, NaN]));
      return { low, high, title: this.#shown[i] === undefined ? "" : titleOf(this.#shown[i]) };
    });
    const sheet = paintSheet(context, theme, x!, y!);
    paintCloud(context, sheet, this.#pairs, theme.series[this.#colour % SERIES_COLOURS]!, this.#live);
  }

  get label(): string {
    const [x, y] = this.#shown;
    return x === undefined || y === undefined ? "XY plot, empty" : `XY plot of ${titleOf(y)} over ${titleOf(x)}. ${this.words}.`;
  }

  get words(): string {
    if (this.#pairs.x.length === 0) return "No readings of both in view";
    const [x, y] = this.#extents.map(([low, high], i) => `${valueText(low, "", 3)} to ${valueText(high, this.#shown[i]?.unit, 3)}`);
    return `X ${x} · Y ${y}`;
  }

  get chosen(): [string, string][] {
    return this.#shown.map(({ name }, i) => [i === 0 ? "x" : "y", name]);
  }

  get note(): string {
    const count = this.#pairs.x.length;
    if (count === 0) return "";
    const parts = [count === 1 ? "1 pair" : `${countText(count)} pairs`];
    const along = correlation(this.#pairs);
    if (!Number.isNaN(along)) parts.push(`correlation ${fixedText(along, 2)}`);
    if (!this.#pairs.paired) parts.push("their times differ: values between readings are on the line between them");
    if (count >= this.most) parts.push("the newest of those in view");
    return parts.join(" · ");
  }
}
