// How far up and down one series' line reaches in each column of pixels: its
// readings there, and where the line from the reading before comes in and the
// line to the next one leaves.

import type { Archive, Point } from "./archive";
import type { Columns } from "./columns";
import type { Joins } from "./joins";
import { Summary } from "./summary";

export interface Trace {
  archive: Archive;
  columns: Columns;
  joins: Joins;
}

/** Writes the values' extents in columns [from, to) to lows and highs, which begin with `from`; NaN where there is no line. */
export function spans({ archive, columns, joins }: Trace, from: number, to: number, lows: Float64Array, highs: Float64Array): void {
  const { width } = columns;
  const bucket = new Summary();
  const peek = new Summary();
  let before = archive.before(from * width);
  let next: Point | undefined; // at or after the column's right edge
  for (let c = from; c < to; c++) {
    const left = c * width;
    const right = left + width;
    let low = Infinity;
    let high = -Infinity;
    const widen = (value: number): void => {
      if (value < low) low = value;
      if (value > high) high = value;
    };
    const filled = columns.read(c, bucket);
    const { firstTime, first, lastTime, last } = bucket;
    if (next === undefined || next.time < right) next = following(archive, columns, c + 1, right, peek);
    if (filled) [low, high] = [bucket.low, bucket.high];
    if (firstTime <= lastTime) {
      if (before !== undefined && joins.between(before, { time: firstTime, value: first })) widen(between(before, firstTime, first, left));
      before = { time: lastTime, value: last };
      if (next !== undefined && joins.between(before, next)) widen(between(before, next.time, next.value, right));
    } else if (before !== undefined && next !== undefined && joins.between(before, next)) {
      widen(between(before, next.time, next.value, left));
      widen(between(before, next.time, next.value, right));
    }
    lows[c - from] = low <= high ? low : NaN;
    highs[c - from] = low <= high ? high : NaN;
  }
}

/** The first reading at or after a time, which most often is in the next column. */
function following(archive: Archive, columns: Columns, column: number, time: number, peek: Summary): Point | undefined {
  if (columns.read(column, peek) && peek.firstTime <= peek.lastTime) return { time: peek.firstTime, value: peek.first };
  return archive.after(time) ?? { time: Infinity, value: NaN };
}

/** The value of the line at a time; a slice may end behind the column where it counts, and the line is no higher there than its ends. */
function between(before: Point, nextTime: number, next: number, time: number): number {
  if (nextTime <= before.time) return next;
  const part = (time - before.time) / (nextTime - before.time);
  return before.value + (next - before.value) * Math.min(1, Math.max(0, part));
}
