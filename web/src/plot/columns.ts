// The buckets of one series: what its readings are within each column of
// device pixels. Columns stand at fixed times, column c for [c × width,
// (c + 1) × width), so that a scrolling line does not shimmer and a bucket is
// made once; only those that have got readings since are made again.

import type { Archive } from "./archive";
import type { Extent } from "./extent";
import { Summary } from "./summary";

const FIELDS = 9; // of a bucket, see Summary:
export const [FIRST_TIME, FIRST, LAST_TIME, LAST, LOW, HIGH, COUNT, SUM, SQUARES] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;

export class Columns {
  readonly #archive: Archive;
  readonly #scratch = new Summary();
  #width = NaN; // µs
  #mask = 0;
  #known = new Float64Array(0); // which column a slot has; NaN for none
  /** Those of all slots, one after the other. */
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

  /** Masks a column, which may have too many bits for the operators on integers. */
  #slot(column: number): number {
    const capacity = this.#mask + 1;
    const rest = column % capacity;
    return rest < 0 ? rest + capacity : rest;
  }

  /** Where in the buckets a column's begins, which is made where it is not known. */
  at(column: number): number {
    const slot = this.#slot(column);
    if (this.#known[slot] !== column) this.#make(column, slot);
    return slot * FIELDS;
  }

  // A column's number is too large for an integer of the engine, and an object
  // wherever it is kept or handed on: loops over all that is visible count from 0.

  /** Widens an extent by columns [from, to). */
  widen(from: number, to: number, extent: Extent): void {
    let { low, high } = extent;
    let slot = this.#slot(from);
    for (let i = 0; i < to - from; i++, slot = (slot + 1) & this.#mask) {
      if (this.#known[slot] !== from + i) this.#make(from + i, slot);
      const at = slot * FIELDS;
      if (this.buckets[at + LOW]! < low) low = this.buckets[at + LOW]!;
      if (this.buckets[at + HIGH]! > high) high = this.buckets[at + HIGH]!;
    }
    [extent.low, extent.high] = [low, high];
  }

  /** Adds up columns [from, to). */
  gather(from: number, to: number, into: Summary): void {
    const bucket = this.#scratch;
    let slot = this.#slot(from);
    for (let i = 0; i < to - from; i++, slot = (slot + 1) & this.#mask) {
      if (this.#known[slot] !== from + i) this.#make(from + i, slot);
      const b = this.buckets;
      const at = slot * FIELDS;
      if (b[at + COUNT] === 0) continue;
      bucket.firstTime = b[at + FIRST_TIME]!;
      bucket.first = b[at + FIRST]!;
      bucket.lastTime = b[at + LAST_TIME]!;
      bucket.last = b[at + LAST]!;
      bucket.low = b[at + LOW]!;
      bucket.high = b[at + HIGH]!;
      bucket.count = b[at + COUNT]!;
      bucket.sum = b[at + SUM]!;
      bucket.squares = b[at + SQUARES]!;
      into.add(bucket);
    }
  }

  #make(column: number, slot: number): void {
    const s = this.#archive.gather(column * this.#width, (column + 1) * this.#width, this.#scratch);
    const b = this.buckets;
    const at = slot * FIELDS;
    b[at + FIRST_TIME] = s.firstTime;
    b[at + FIRST] = s.first;
    b[at + LAST_TIME] = s.lastTime;
    b[at + LAST] = s.last;
    b[at + LOW] = s.low;
    b[at + HIGH] = s.high;
    b[at + COUNT] = s.count;
    b[at + SUM] = s.sum;
    b[at + SQUARES] = s.squares;
    this.#known[slot] = column;
  }
}
