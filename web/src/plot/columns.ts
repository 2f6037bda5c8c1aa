// The buckets of one series: what its readings are within each column of
// device pixels. Columns stand at fixed times, column c for [c × width,
// (c + 1) × width), so that a scrolling line does not shimmer and a bucket is
// made once; only those that have got readings since are made again.

import type { Archive } from "./archive";
import type { Extent } from "./extent";
import { FIELDS, HIGH, LOW, Summary } from "./summary";
import { wrap } from "./wrap";

export class Columns {
  readonly #archive: Archive;
  readonly #scratch = new Summary();
  #width = NaN; // µs
  #mask = 0;
  #known = new Float64Array(0); // which column a slot has; NaN for none
  /** Those of all slots, one after the other, as summaries are written. */
  buckets = new Float64Array(0);

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
      this.buckets = new Float64Array(capacity * FIELDS);
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

  #slot(column: number): number {
    return wrap(column, this.#mask + 1);
  }

  /** Makes those of columns [from, to) that are not known. Returns where in the buckets, a ring, the first one's begins. */
  prepare(from: number, to: number): number {
    const begin = this.#slot(from);
    let slot = begin;
    for (let i = 0; i < to - from; i++, slot = (slot + 1) & this.#mask) if (this.#known[slot] !== from + i) this.#make(from + i, slot);
    return begin * FIELDS;
  }

  // A column's number is too large for an integer of the engine, and an object
  // wherever it is kept or handed on: loops over all that is visible count from 0.

  /** Widens an extent by columns [from, to). */
  widen(from: number, to: number, extent: Extent): void {
    let { low, high } = extent;
    const { buckets } = this;
    for (let i = 0, at = this.prepare(from, to); i < to - from; i++, at = (at + FIELDS) % buckets.length) {
      if (buckets[at + LOW]! < low) low = buckets[at + LOW]!;
      if (buckets[at + HIGH]! > high) high = buckets[at + HIGH]!;
    }
    extent.low = low;
    extent.high = high;
  }

  /** Adds up columns [from, to). */
  gather(from: number, to: number, into: Summary): void {
    for (let i = 0, at = this.prepare(from, to); i < to - from; i++, at = (at + FIELDS) % this.buckets.length) into.add(this.#scratch.read(this.buckets, at));
  }

  #make(column: number, slot: number): void {
    this.#archive.gather(column * this.#width, (column + 1) * this.#width, this.#scratch).write(this.buckets, slot * FIELDS);
    this.#known[slot] = column;
  }
}
