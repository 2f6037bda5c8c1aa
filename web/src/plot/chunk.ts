// A short run of one series' raw readings, in the order of their times, with
// its summary beside it.

import { Summary } from "./summary";

export const CHUNK = 256; // readings

const SLAB = 8; // chunks

/** Empty chunks that share their memory: the engine counts each piece of memory by itself, and collects garbage for many of them. */
export function slab(): Chunk[] {
  const memory = new Float64Array(2 * CHUNK * SLAB).fill(0); // which takes it from the system now, and not reading by reading
  return Array.from({ length: SLAB }, (_, i) => new Chunk(memory.subarray(2 * CHUNK * i, 2 * CHUNK * (i + 1))));
}

export class Chunk {
  readonly times: Float64Array; // µs
  readonly values: Float64Array;
  readonly summary = new Summary();
  count = 0;

  /** Has room in memory for 2 × CHUNK numbers. */
  constructor(memory: Float64Array) {
    this.times = memory.subarray(0, CHUNK);
    this.values = memory.subarray(CHUNK);
  }

  get room(): number {
    return CHUNK - this.count;
  }

  get firstTime(): number {
    return this.times[0]!;
  }

  get lastTime(): number {
    return this.times[this.count - 1]!;
  }

  clear(): this {
    this.count = 0;
    this.summary.reset();
    return this;
  }

  /** Puts readings [from, to) before index `at`; there is room for them. */
  put(at: number, times: ArrayLike<number>, values: ArrayLike<number>, from: number, to: number, base: number): void {
    const { count } = this;
    const more = to - from;
    if (at < count) {
      this.times.copyWithin(at + more, at, count);
      this.values.copyWithin(at + more, at, count);
    }
    for (let i = from, to = at; to < at + more; i++, to++) {
      this.times[to] = times[i]!;
      this.values[to] = values[i]!;
    }
    this.count += more;
    this.summary.scan(this.times, this.values, at, at + more, base);
  }

  /** Gives readings from index `at` on to an empty chunk. */
  split(at: number, to: Chunk, base: number): void {
    to.put(0, this.times, this.values, at, this.count, base);
    this.count = at;
    this.summary.reset().scan(this.times, this.values, 0, at, base);
  }

  /** The first index whose time is at least `time`, or above it, or the count. */
  index(time: number, above = false): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = this.times[middle]!;
      if (at < time || (above && at === time)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
