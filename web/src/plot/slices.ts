// What remains of readings that are too old to be kept raw: summaries in the
// order of their times, in tiers. The older a slice, the more readings it
// stands for: when a tier is full, its four oldest become one of the next.

import { CHUNK } from "./chunk";
import { FIELDS, FIRST_TIME, LAST_TIME, Summary } from "./summary";

const TIERS = 6;
const MERGED = 4;
const FIRST_ROWS = 64;

/** One tier: a ring of rows that grows up to a limit. */
class Tier {
  #rows = new Float64Array(FIRST_ROWS * FIELDS);
  #capacity = FIRST_ROWS;
  #start = 0;
  count = 0;

  #at(i: number): number {
    return ((this.#start + i) % this.#capacity) * FIELDS;
  }

  firstTime(i: number): number {
    return this.#rows[this.#at(i) + FIRST_TIME]!;
  }

  lastTime(i: number): number {
    return this.#rows[this.#at(i) + LAST_TIME]!;
  }

  read(i: number, into: Summary): Summary {
    return into.read(this.#rows, this.#at(i));
  }

  write(i: number, row: Summary): void {
    row.write(this.#rows, this.#at(i));
  }

  push(row: Summary): void {
    this.#grow();
    this.write(this.count++, row);
  }

  unshift(row: Summary): void {
    this.#grow();
    this.#start = (this.#start + this.#capacity - 1) % this.#capacity;
    this.count++;
    this.write(0, row);
  }

  shift(into: Summary): Summary {
    this.read(0, into);
    this.#start = (this.#start + 1) % this.#capacity;
    this.count--;
    return into;
  }

  /** The first row that ends at or after a time. */
  index(time: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lastTime(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    if (this.count < this.#capacity) return;
    const rows = new Float64Array(this.#rows.length * 2);
    const head = this.#start * FIELDS;
    rows.set(this.#rows.subarray(head));
    rows.set(this.#rows.subarray(0, head), this.#rows.length - head);
    [this.#rows, this.#capacity, this.#start] = [rows, this.#capacity * 2, 0];
  }
}

export class Slices {
  readonly #tiers = Array.from({ length: TIERS }, () => new Tier()); // the newest first
  readonly #most: number; // rows of a tier
  readonly #scratch = new Summary();
  readonly #merged = new Summary();

  constructor(most: number) {
    this.#most = most;
  }

  get empty(): boolean {
    return this.#tiers.every(({ count }) => count === 0);
  }

  /** The time of the oldest reading that a slice stands for; NaN where there is none. */
  get oldest(): number {
    const tier = this.#tiers.findLast(({ count }) => count > 0);
    return tier === undefined ? NaN : tier.firstTime(0);
  }

  get newest(): number {
    const tier = this.#tiers.find(({ count }) => count > 0);
    return tier === undefined ? NaN : tier.lastTime(tier.count - 1);
  }

  /** Takes a stretch that is older or newer than all there is. */
  take(row: Summary): void {
    if (row.count === 0) return;
    if (row.firstTime < this.oldest) this.#precede(row);
    else this.#push(0, row);
  }

  #push(level: number, row: Summary): void {
    const tier = this.#tiers[level];
    if (tier === undefined) return; // older than anything that is remembered
    if (tier.count >= this.#most) {
      const merged = new Summary();
      for (let i = 0; i < MERGED; i++) merged.add(tier.shift(this.#scratch));
      this.#push(level + 1, merged);
    }
    tier.push(row);
  }

  /** History comes newest first: what is older than all joins the oldest slice while that is small. */
  #precede(row: Summary): void {
    const level = this.#tiers.findLastIndex(({ count }) => count > 0);
    const tier = this.#tiers[level]!;
    const oldest = tier.read(0, this.#merged);
    if (oldest.count + row.count <= CHUNK * MERGED ** level) {
      oldest.add(row);
      tier.write(0, oldest);
    } else if (tier.count < this.#most) tier.unshift(row);
    else this.#tiers[level + 1]?.push(row);
  }

  /** Counts a late reading in at the slice of its time. */
  fold(time: number, value: number, base: number): void {
    for (const tier of this.#tiers) {
      const i = tier.index(time);
      if (tier.count === 0 || (i === 0 && time < tier.firstTime(0))) continue; // of an older tier
      const row = tier.read(Math.min(i, tier.count - 1), this.#scratch);
      row.count++;
      row.sum += value - base;
      row.squares += (value - base) ** 2;
      row.widen(value, value);
      tier.write(Math.min(i, tier.count - 1), row);
      return;
    }
  }

  /** Calls `each` with the slices that touch [from, to), oldest first. */
  visit(from: number, to: number, each: (slice: Summary) => void): void {
    for (let level = TIERS - 1; level >= 0; level--) {
      const tier = this.#tiers[level]!;
      for (let i = tier.index(from); i < tier.count && tier.firstTime(i) < to; i++) each(tier.read(i, this.#scratch));
    }
  }

  /** The newest slice that begins before a time, or the oldest that ends at or after it. */
  before(time: number): Summary | undefined {
    for (const tier of this.#tiers) {
      let i = tier.index(time);
      if (i === tier.count || tier.firstTime(i) >= time) i--;
      if (i >= 0) return tier.read(i, this.#scratch);
    }
    return undefined;
  }

  after(time: number): Summary | undefined {
    for (let level = TIERS - 1; level >= 0; level--) {
      const tier = this.#tiers[level]!;
      const i = tier.index(time);
      if (i < tier.count) return tier.read(i, this.#scratch);
    }
    return undefined;
  }
}
