// What is known of a stretch of one series' readings without the readings.

export const FIELDS = 9; // numbers that one is written as:
export const FIRST_TIME = 0;
export const FIRST = 1;
export const LAST_TIME = 2;
export const LAST = 3;
export const LOW = 4;
export const HIGH = 5;
const COUNT = 6;
const SUM = 7;
const SQUARES = 8;

/** Sums are of values less the archive's base, so that they lose no digits to a large mean. */
export class Summary {
  count = 0;
  first = NaN;
  firstTime = Infinity; // µs
  last = NaN;
  lastTime = -Infinity;
  low = Infinity;
  high = -Infinity;
  sum = 0;
  squares = 0;

  reset(): this {
    this.count = this.sum = this.squares = 0;
    this.first = this.last = NaN;
    this.firstTime = this.low = Infinity;
    this.lastTime = this.high = -Infinity;
    return this;
  }

  /** Becomes what was written at a place. */
  read(from: Float64Array, at: number): this {
    this.firstTime = from[at + FIRST_TIME]!;
    this.first = from[at + FIRST]!;
    this.lastTime = from[at + LAST_TIME]!;
    this.last = from[at + LAST]!;
    this.low = from[at + LOW]!;
    this.high = from[at + HIGH]!;
    this.count = from[at + COUNT]!;
    this.sum = from[at + SUM]!;
    this.squares = from[at + SQUARES]!;
    return this;
  }

  write(to: Float64Array, at: number): void {
    to[at + FIRST_TIME] = this.firstTime;
    to[at + FIRST] = this.first;
    to[at + LAST_TIME] = this.lastTime;
    to[at + LAST] = this.last;
    to[at + LOW] = this.low;
    to[at + HIGH] = this.high;
    to[at + COUNT] = this.count;
    to[at + SUM] = this.sum;
    to[at + SQUARES] = this.squares;
  }

  /** Takes in what another stretch holds, in whatever order. */
  add(other: Summary): void {
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    this.squares += other.squares;
    this.widen(other.low, other.high);
    this.#reach(other.firstTime, other.first, other.lastTime, other.last);
  }

  /** Takes in readings [from, to) of typed arrays, which are in the order of their times. */
  scan(times: Float64Array, values: Float64Array, from: number, to: number, base: number): void {
    if (from >= to) return;
    let { low, high, sum, squares } = this;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
      const above = value - base;
      sum += above;
      squares += above * above;
    }
    this.count += to - from;
    this.low = low;
    this.high = high;
    this.sum = sum;
    this.squares = squares;
    this.#reach(times[from]!, values[from]!, times[to - 1]!, values[to - 1]!);
  }

  widen(low: number, high: number): void {
    if (low < this.low) this.low = low;
    if (high > this.high) this.high = high;
  }

  #reach(firstTime: number, first: number, lastTime: number, last: number): void {
    if (firstTime < this.firstTime) {
      this.firstTime = firstTime;
      this.first = first;
    }
    if (lastTime >= this.lastTime) {
      this.lastTime = lastTime;
      this.last = last;
    }
  }

  mean(base: number): number {
    return this.count === 0 ? NaN : base + this.sum / this.count;
  }

  /** The standard deviation of all that was taken in. */
  deviation(): number {
    if (this.count === 0) return NaN;
    const mean = this.sum / this.count;
    return Math.sqrt(Math.max(0, this.squares / this.count - mean * mean));
  }
}
