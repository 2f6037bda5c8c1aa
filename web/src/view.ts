// What part of time the plot shows, and what part of the values a lane shows:
// both run after a target so that nothing jumps.

import type { Extent } from "./ring";

const SETTLE_TIME = 80e3; // µs in which about two thirds of a step are made
const SETTLE_VALUES = 70e3; // µs, while a lane grows; it shrinks five times slower
const FAR = 20; // spans; what is further away is cut to, not travelled to
const MARGIN = 0.07; // of a lane's span, above and below
const SHRINK = 0.72; // a lane whose values take less than this of it gets narrower

/** The visible part of the time axis, in µs of the device's time. */
export class View {
  start = NaN;
  end = NaN;

  /** Goes towards [start, end], `elapsed` µs later. A moving target is kept up with exactly. Says whether it is there. */
  step(start: number, end: number, elapsed: number, moving: boolean, eased: boolean): boolean {
    const span = end - start;
    if (moving) {
      this.start += elapsed;
      this.end += elapsed;
    }
    const away = Math.max(Math.abs(this.start - start), Math.abs(this.end - end));
    const there = away < span * 1e-5;
    if (!eased || there || !(away < FAR * Math.max(span, this.end - this.start))) {
      this.start = start;
      this.end = end;
      return true;
    }
    const rest = Math.exp(-elapsed / SETTLE_TIME);
    this.start = start + (this.start - start) * rest;
    this.end = end + (this.end - end) * rest;
    return false;
  }
}

/** The values that a lane's height stands for. */
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

  /** Goes towards its target. Says whether it is there. */
  step(elapsed: number, eased: boolean): boolean {
    const target = this.#target;
    if (Number.isNaN(target.low)) return true;
    const away = Math.max(Math.abs(this.low - target.low), Math.abs(this.high - target.high));
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
  return to + (from - to) * Math.exp(-elapsed / (growing ? SETTLE_VALUES : 5 * SETTLE_VALUES));
}

function flatMargin(value: number): number {
  return value === 0 ? 1 : Math.abs(value) * 0.1;
}
