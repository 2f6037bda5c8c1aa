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

  constructor(index: number, series: Series, archive: Archive, gaps: Gaps) {
    [this.index, this.series, this.archive] = [index, series, archive];
    this.columns = new Columns(archive);
    this.joins = new Joins(archive, gaps);
  }

  /** As people write it. */
  get unit(): string {
    return symbolOf(this.series.unit ?? "");
  }
}
