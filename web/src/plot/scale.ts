// The values that a lane's height, or that of one series, stands for: they run
// after the extent of what is visible, so that nothing jumps, or stay where a
// person has put them.

import type { Extent } from "./extent";

const SETTLE = 70e3; // µs in which two thirds of a step are made while it grows; it shrinks five times slower
const MARGIN = 0.07; // of the span, above and below
const SHRINK = 0.72; // values that take less than this of the span make it narrower

export class Scale {
  low = NaN;
  high = NaN;
  #target: Extent = { low: NaN, high: NaN };

  /** Makes room for `extent`; an empty one changes nothing. */
  aim(extent: Extent): void {
    if (extent.low > extent.high) return;
    const span = extent.high - extent.low;
    const target = this.#target;
    const fits = extent.low >= target.low && extent.high <= target.high;
    if (fits && span > 0 && span >= SHRINK * (target.high - target.low)) return;
    if (fits && span === 0 && target.high - target.low <= 4 * flatMargin(extent.low)) return;
    const margin = span > 0 ? span * MARGIN : flatMargin(extent.low);
    this.#target = { low: extent.low - margin, high: extent.high + margin };
  }

  /** Goes to these values at once. */
  fix(low: number, high: number): void {
    this.#target = { low, high };
    [this.low, this.high] = [low, high];
  }

  /** Goes towards its target. Says whether it is there. */
  step(elapsed: number, eased: boolean): boolean {
    const target = this.#target;
    if (Number.isNaN(target.low)) return true;
    const away = Math.max(Math.abs(this.low - target.low), Math.abs(this.high - target.high));
    if (elapsed === 0 && away > 0) return false; // it stands still to the last bit, else its lane would be painted anew
    if (!eased || !(away > 1e-3 * (target.high - target.low)) || !(away < 1e3 * (target.high - target.low))) {
      [this.low, this.high] = [target.low, target.high];
      return true;
    }
    this.low = towards(this.low, target.low, elapsed, target.low < this.low);
    this.high = towards(this.high, target.high, elapsed, target.high > this.high);
    return false;
  }
}

function towards(from: number, to: number, elapsed: number, growing: boolean): number {
  return to + (from - to) * Math.exp(-elapsed / (growing ? SETTLE : 5 * SETTLE));
}

function flatMargin(value: number): number {
  return value === 0 ? 1 : Math.abs(value) * 0.1;
}
