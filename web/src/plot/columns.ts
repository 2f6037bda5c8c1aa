// The buckets of one series: what its readings are within each column of
// device pixels. Columns stand at fixed times, column c for [c × width,
// (c + 1) × width), so that a scrolling line does not shimmer and a bucket is
// made once; only those that have got readings since are made again.

import type { Archive } from "./archive";
import type { Extent } from "./extent";
import { Summary } from "./summary";

const FIELDS = 9; // of a bucket, see Summary

export class Columns {
  readonly #archive: Archive;
  readonly #scratch = new Summary();
  #width = NaN; // µs
  #mask = 0;
  #known = new Float64Array(0); // which column a slot has; NaN for none
  #buckets = new Float64Array(0);

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** Has columns of that width, at least `count` at a time. Says whether that is news. */
  fit(width: number, count: number): boolean {
    if (width === this.#width && count <= this.#known.length) return false;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(64, count)));
    this.#width = width;
    if (capacity !== this.#known.length) {
      this.#mask = capacity - 1;
      this.#known = new Float64Array(capacity);
      this.#buckets = new Float64Array(capacity * FIELDS);
    }
    this.#known.fill(NaN);
    return true;
  }

  get width(): number {
    return this.#width;
  }

  /** Readings from one time to another, both included, have come. */
  touch(from: number, to: number): void {
    const first = Math.floor(from / this.#width);
    const last = Math.floor(to / this.#width);
    if (!(last - first <= this.#mask)) this.#known.fill(NaN);
    else for (let c = first; c <= last; c++) if (this.#known[this.#slot(c)] === c) this.#known[this.#slot(c)] = NaN;
  }

  /** Masks a column, which may have too many bits for the operators on integers. */
  #slot(column: number): number {
    const capacity = this.#mask + 1;
    const rest = column % capacity;
    return rest < 0 ? rest + capacity : rest;
  }

  /** Reads a column's bucket. Says whether there is anything in it. */
  read(column: number, into: Summary): boolean {
    const at = this.#at(column);
    const b = this.#buckets;
    into.firstTime = b[at]!;
    into.first = b[at + 1]!;
    into.lastTime = b[at + 2]!;
    into.last = b[at + 3]!;
    into.low = b[at + 4]!;
    into.high = b[at + 5]!;
    into.count = b[at + 6]!;
    into.sum = b[at + 7]!;
    into.squares = b[at + 8]!;
    return into.low <= into.high;
  }

  /** Widens an extent by columns [from, to). */
  widen(from: number, to: number, extent: Extent): void {
    for (let c = from; c < to; c++) {
      const at = this.#at(c);
      if (this.#buckets[at + 4]! < extent.low) extent.low = this.#buckets[at + 4]!;
      if (this.#buckets[at + 5]! > extent.high) extent.high = this.#buckets[at + 5]!;
    }
  }

  /** Where a column's bucket begins, which is made where it is not known. */
  #at(column: number): number {
    const slot = this.#slot(column);
    const at = slot * FIELDS;
    if (this.#known[slot] === column) return at;
    const s = this.#archive.gather(column * this.#width, (column + 1) * this.#width, this.#scratch);
    this.#buckets.set([s.firstTime, s.first, s.lastTime, s.last, s.low, s.high, s.count, s.sum, s.squares], at);
    this.#known[slot] = column;
    return at;
  }
}
