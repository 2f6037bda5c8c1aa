// What is told of the lines in numbers.

import type { Geometry } from "./geometry";
import type { Line } from "./line";
import type { Figures } from "./orders";
import { Summary } from "./summary";

/** A line's figures over what is visible, by whole columns of pixels. */
export function figuresOf(line: Line, geometry: Geometry): Figures {
  const all = new Summary();
  line.columns.gather(geometry.first, geometry.next, all);
  const { base, last } = line.archive;
  const value = last?.value ?? NaN;
  const empty = all.count === 0;
  return {
    last: value,
    lastTime: last?.time ?? NaN,
    count: all.count,
    low: empty ? NaN : all.low,
    high: empty ? NaN : all.high,
    mean: all.mean(base),
    deviation: all.deviation(),
    rate: all.count < 2 ? NaN : ((all.count - 1) / Math.max(1, all.lastTime - all.firstTime)) * 1e6,
    over: line.thresholds.some(({ above = Infinity, below = -Infinity }) => value > above || value < below),
  };
}
