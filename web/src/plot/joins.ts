// Whether a line goes from one reading to the next: not where frames are
// missing, and not across a silence that is unusual for its series.

import type { Archive } from "./archive";
import type { Gaps } from "./gaps";

const SILENCE = 6; // usual intervals; what is further apart is not joined by a line
const LEAST_SILENCE = 100e3; // µs
const ALIKE = 3; // times an interval beside it, and nothing is missing: the interval was changed

export class Joins {
  readonly #archive: Archive;
  readonly #gaps: Gaps;
  readonly #asked = { from: NaN, to: NaN, joined: false }; // last: one stretch of a line crosses many columns

  constructor(archive: Archive, gaps: Gaps) {
    this.#archive = archive;
    this.#gaps = gaps;
  }

  /** The silence in µs from which readings are not joined. */
  get silence(): number {
    const usual = this.#archive.usualInterval;
    return usual === 0 ? Infinity : Math.max(LEAST_SILENCE, SILENCE * usual);
  }

  /** Forgets what it was asked: readings have come. */
  reset(): void {
    this.#asked.from = NaN;
  }

  /** The silence in µs up to which readings after a time are joined for certain; there may be others. */
  sure(since: number): number {
    return this.#gaps.between(since, Infinity) ? -Infinity : this.silence;
  }

  /** Whether readings of these times, which follow each other, are joined. */
  between(from: number, to: number): boolean {
    const asked = this.#asked;
    if (asked.from !== from || asked.to !== to) [asked.from, asked.to, asked.joined] = [from, to, this.#judge(from, to)];
    return asked.joined;
  }

  #judge(from: number, to: number): boolean {
    if (this.#gaps.between(from, to)) return false;
    const interval = to - from;
    if (interval <= this.silence) return true;
    const before = this.#archive.before(from);
    const after = this.#archive.after(to + 1);
    return interval <= ALIKE * Math.max(before === undefined ? 0 : from - before.time, after === undefined ? 0 : after.time - to);
  }
}
