// The newest rows of a stream in typed arrays, for charts that take such.

import type { Batch } from "./contestant";

const SPARE = 1.25; // of what is kept, so that it is moved seldom

export class Rows {
  readonly #keep: number; // µs
  readonly #times: Float64Array; // s
  readonly #values: Float64Array[];
  #start = 0;
  #end = 0;

  constructor(series: number, rate: number, keep: number) {
    const most = Math.ceil((rate / series) * (keep / 1e3) * SPARE) + 8192;
    this.#keep = keep / 1e3;
    this.#times = new Float64Array(most);
    this.#values = Array.from({ length: series }, () => new Float64Array(most));
  }

  take({ columns }: Batch): void {
    const count = columns[0]?.count ?? 0;
    if (this.#end + count > this.#times.length) this.#move();
    const at = this.#end;
    columns.forEach(({ times, values }, series) => {
      if (series === 0) for (let i = 0; i < count; i++) this.#times[at + i] = (times[i] ?? 0) / 1e6;
      this.#values[series]?.set(values, at);
    });
    this.#end += count;
  }

  #move(): void {
    this.#trim((this.#times[this.#end - 1] ?? 0) - this.#keep);
    for (const array of [this.#times, ...this.#values]) array.copyWithin(0, this.#start, this.#end);
    [this.#start, this.#end] = [0, this.#end - this.#start];
  }

  /** Forgets what is older than a time in s, but for the newest of it. */
  #trim(oldest: number): void {
    let [low, high] = [this.#start, this.#end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] ?? 0) < oldest) low = middle + 1;
      else high = middle;
    }
    this.#start = Math.max(this.#start, low - 1);
  }

  /** Time of the newest row, in ms. */
  get newest(): number {
    return (this.#times[this.#end - 1] ?? 0) * 1e3;
  }

  /** The rows since a time in s: times in s, then each series' values. */
  since(oldest: number): Float64Array[] {
    this.#trim(oldest);
    return [this.#times, ...this.#values].map((array) => array.subarray(this.#start, this.#end));
  }
}
