// How far up and down one series' line reaches in each column of pixels: its
// readings there, and where the line from the reading before comes in and the
// line to the next one leaves.

import type { Archive } from "./archive";
import type { Columns } from "./columns";
import type { Joins } from "./joins";
import { FIRST, FIRST_TIME, HIGH, LAST, LAST_TIME, LOW } from "./summary";

export interface Trace {
  archive: Archive;
  columns: Columns;
  joins: Joins;
}

const NOWHERE = { time: NaN, value: NaN };
const NEVER = { time: Infinity, value: NaN };

/** Writes the values' extents in columns [from, to) to lows and highs, which begin with `from`; NaN where there is no line. */
export function spans({ archive, columns, joins }: Trace, from: number, to: number, lows: Float64Array, highs: Float64Array): void {
  const { width, buckets } = columns;
  let { time: beforeTime, value: before } = archive.before(from * width) ?? NOWHERE;
  let { time: nextTime, value: next } = NOWHERE; // at or after the column's right edge
  for (let k = 0; k < to - from; k++) {
    const left = (from + k) * width;
    const right = left + width;
    const at = columns.at(from + k);
    const filled = buckets[at + FIRST_TIME]! <= buckets[at + LAST_TIME]!; // with readings of its own
    let low = buckets[at + LOW]!;
    let high = buckets[at + HIGH]!;
    if (!(nextTime >= right)) {
      const ahead = columns.at(from + k + 1); // where it is most often
      if (buckets[ahead + FIRST_TIME]! <= buckets[ahead + LAST_TIME]!) [nextTime, next] = [buckets[ahead + FIRST_TIME]!, buckets[ahead + FIRST]!];
      else ({ time: nextTime, value: next } = archive.after(right) ?? NEVER);
    }
    const [toTime, target] = filled ? [buckets[at + FIRST_TIME]!, buckets[at + FIRST]!] : [nextTime, next];
    let enters = NaN; // the value at the left edge
    let leaves = NaN; // and at the right one
    if (!Number.isNaN(beforeTime) && joins.between(beforeTime, toTime)) enters = between(beforeTime, before, toTime, target, left);
    if (filled) [beforeTime, before] = [buckets[at + LAST_TIME]!, buckets[at + LAST]!];
    if (!Number.isNaN(beforeTime) && joins.between(beforeTime, nextTime)) leaves = between(beforeTime, before, nextTime, next, right);
    if (enters < low) low = enters;
    if (enters > high) high = enters;
    if (leaves < low) low = leaves;
    if (leaves > high) high = leaves;
    lows[k] = low <= high ? low : NaN;
    highs[k] = low <= high ? high : NaN;
  }
}

/** The value at a time of the line between two readings; a slice may end behind the column where it counts, and the line is no higher there than its ends. */
function between(fromTime: number, from: number, toTime: number, to: number, time: number): number {
  if (toTime <= fromTime) return to;
  const part = (time - fromTime) / (toTime - fromTime);
  return from + (to - from) * Math.min(1, Math.max(0, part));
}
