// Where the time axis ends, and what its labels say. They go by the device's
// clock as beats and acks have measured it, or by a guess until then; the axis
// ends where readings arrive.

import { Arrivals, Wall } from "./arrival";
import { micros } from "../clock";

const SETTLE = 1e6; // µs in which about two thirds of a step are made
const FAR = 100e3; // µs; what is further away is cut to

export class Edge {
  readonly #arrivals = new Arrivals();
  readonly #wall = new Wall(() => this.#arrivals.reset());
  #behind = NaN; // µs from a reading's time there to now, smoothed
  /** How far the device's clock is ahead of `micros`, in µs; undefined before that was measured. */
  ahead: number | undefined;
  /** From the device's time to the viewer's, as the labels have it, in µs. */
  shift = NaN;

  /** The viewer's time in µs. */
  now(): number {
    return this.#wall.now();
  }

  /** Takes note that readings have just come; `newest` is the time of the newest. */
  take(newest: number): void {
    this.#arrivals.take(newest, this.now());
  }

  reset(): void {
    this.#arrivals.reset();
    this.#behind = this.shift = NaN;
  }

  /** Where the axis ends now, in the device's time. `patience` is how old, in µs, what came first may be. */
  step(now: number, elapsed: number, patience: number): number {
    const offset = this.ahead === undefined ? this.#arrivals.guess(patience) : now - micros() - this.ahead;
    this.shift = follow(this.shift, offset, elapsed);
    this.#behind = follow(this.#behind, this.#arrivals.arriving(offset) + this.#arrivals.delay(), elapsed);
    return now - this.#behind;
  }
}

function follow(from: number, target: number, elapsed: number): number {
  return Math.abs(target - from) < FAR ? from + (target - from) * (1 - Math.exp(-elapsed / SETTLE)) : target;
}
