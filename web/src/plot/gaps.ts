// Where frames are missing in the lines: each gap is a time that no line
// crosses, and the sequence numbers that would close it.

import type { Span } from "../span";

const MOST = 512; // gaps; the oldest go

interface Gap {
  at: number; // µs: after the last reading before it
  first: number; // sequence numbers that are missing; none ever comes where first is above last
  last: number;
}

export class Gaps {
  #gaps: Gap[] = []; // in the order of their times

  /** What comes after `at` is not joined to what came before, until those frames are there; for ever if nobody knows which. */
  open(at: number, span: Span | undefined): void {
    if (span === undefined) for (const gap of this.#gaps) [gap.first, gap.last] = [1, 0]; // a new log: what the old one lacked never comes
    this.#put({ at, ...(span ?? { first: 1, last: 0 }) });
    if (this.#gaps.length > MOST) this.#gaps.shift();
  }

  /** A late frame is there, whose readings end at `end` (-Infinity if it has none). */
  fill(seq: number, end: number): void {
    const i = this.#gaps.findIndex(({ first, last }) => first <= seq && seq <= last);
    const gap = this.#gaps[i];
    if (gap === undefined) return;
    this.#gaps.splice(i, 1);
    if (gap.first < seq) this.#put({ ...gap, last: seq - 1 });
    if (seq < gap.last) this.#put({ at: Math.max(gap.at, end), first: seq + 1, last: gap.last });
  }

  /** Whether a gap lies between two times that follow each other. */
  between(from: number, to: number): boolean {
    const gap = this.#gaps[this.#after(from)];
    return gap !== undefined && gap.at < to;
  }

  /** The times in [from, to) after which something is missing, and the last one before. */
  *within(from: number, to: number): Generator<number> {
    for (let i = Math.max(0, this.#after(from) - 1); i < this.#gaps.length && this.#gaps[i]!.at < to; i++) yield this.#gaps[i]!.at;
  }

  /** Forgets what lies before a time. */
  prune(before: number): void {
    this.#gaps.splice(0, this.#after(before));
  }

  clear(): void {
    this.#gaps = [];
  }

  get count(): number {
    return this.#gaps.length;
  }

  #put(gap: Gap): void {
    this.#gaps.splice(this.#after(gap.at), 0, gap);
  }

  /** The index of the first gap at or after a time. */
  #after(time: number): number {
    let low = 0;
    let high = this.#gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#gaps[middle]?.at ?? Infinity) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
