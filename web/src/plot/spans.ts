// How far up and down one series' line reaches in each column of pixels: its
// readings there, and where the line from the reading before comes in and the
// line to the next one leaves.

import type { Archive } from "./archive";
import type { Columns } from "./columns";
import type { Joins } from "./joins";
import { FIELDS, FIRST, FIRST_TIME, HIGH, LAST, LAST_TIME, LOW } from "./summary";

export interface Trace {
  archive: Archive;
  columns: Columns;
  joins: Joins;
}

const NOWHERE = { time: NaN, value: NaN };
const NEVER = { time: Infinity, value: NaN };

// What is handed to a function as a fraction or a large number may become an
// object of the engine's, and this goes over all that is painted: numbers stay
// in variables here, and in typed arrays.

/** Writes the values' extents in columns [from, to) to lows and highs, which begin with `from`; NaN where there is no line. */
export function spans({ archive, columns, joins }: Trace, from: number, to: number, lows: Float64Array, highs: Float64Array): void {
  const { width } = columns;
  const before = archive.before(from * width) ?? NOWHERE;
  let beforeTime = before.time;
  let beforeValue = before.value;
  let nextTime = NaN; // of the first reading at or after the column's right edge
  let nextValue = NaN;
  const sure = joins.sure(Number.isNaN(beforeTime) ? from * width : beforeTime);
  let at = columns.prepare(from, to + 1);
  const { buckets } = columns;
  for (let k = 0; k < to - from; k++) {
    const left = (from + k) * width;
    const right = left + width;
    const ahead = (at + FIELDS) % buckets.length;
    const filled = buckets[at + FIRST_TIME]! <= buckets[at + LAST_TIME]!; // with readings of its own
    let low = buckets[at + LOW]!;
    let high = buckets[at + HIGH]!;
    if (!(nextTime >= right)) {
      if (buckets[ahead + FIRST_TIME]! <= buckets[ahead + LAST_TIME]!) {
        nextTime = buckets[ahead + FIRST_TIME]!; // where it is most often
        nextValue = buckets[ahead + FIRST]!;
      } else ({ time: nextTime, value: nextValue } = archive.after(right) ?? NEVER);
    }
    const toTime = filled ? buckets[at + FIRST_TIME]! : nextTime;
    if (!Number.isNaN(beforeTime) && (toTime - beforeTime <= sure || joins.between(beforeTime, toTime))) {
      const enters = between(beforeTime, beforeValue, toTime, filled ? buckets[at + FIRST]! : nextValue, left);
      if (enters < low) low = enters;
      if (enters > high) high = enters;
    }
    if (filled) {
      beforeTime = buckets[at + LAST_TIME]!;
      beforeValue = buckets[at + LAST]!;
    }
    if (!Number.isNaN(beforeTime) && (nextTime - beforeTime <= sure || joins.between(beforeTime, nextTime))) {
      const leaves = between(beforeTime, beforeValue, nextTime, nextValue, right);
      if (leaves < low) low = leaves;
      if (leaves > high) high = leaves;
    }
    lows[k] = low <= high ? low : NaN;
    highs[k] = low <= high ? high : NaN;
    at = ahead;
  }
}

/** The value at a time of the line between two readings; a slice may end behind the column where it counts, and the line is no higher there than its ends. */
function between(fromTime: number, from: number, toTime: number, to: number, time: number): number {
  if (toTime <= fromTime) return to;
  const part = (time - fromTime) / (toTime - fromTime);
  return from + (to - from) * Math.min(1, Math.max(0, part));
}
