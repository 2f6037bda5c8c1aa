// One series in the plot: what is held of it, and what follows from that.

import type { Series } from "../frame";
import { symbolOf } from "../unit";
import type { Archive } from "./archive";
import { Columns } from "./columns";
import type { Gaps } from "./gaps";
import { Joins } from "./joins";
import type { Threshold } from "./orders";
import { Scale } from "./scale";

export class Line {
  readonly archive: Archive;
  readonly columns: Columns;
  readonly joins: Joins;
  readonly scale = new Scale(); // where it has one of its own
  readonly index: number;
  series: Series;
  hidden = false;
  range: [number, number] | undefined; // that a person has fixed
  thresholds: Threshold[] = [];
  #tops = new Float64Array(0);
  #bottoms = new Float64Array(0);

  constructor(index: number, series: Series, archive: Archive, gaps: Gaps) {
    [this.index, this.series, this.archive] = [index, series, archive];
    this.columns = new Columns(archive);
    this.joins = new Joins(archive, gaps);
  }

  /** Room for where the line is in so many columns; the same again and again. */
  room(columns: number): { tops: Float64Array; bottoms: Float64Array } {
    if (columns > this.#tops.length) [this.#tops, this.#bottoms] = [new Float64Array(columns), new Float64Array(columns)];
    return { tops: this.#tops, bottoms: this.#bottoms };
  }

  /** As people write it. */
  get unit(): string {
    return symbolOf(this.series.unit ?? "");
  }
}
