// Where a reading stands on the viewer's time axis, and where that ends.
//
// A device's clock may be wrong by years. Beats and acks measure it (clock.ts);
// until they have, arrivals tell: no frame comes before it was made, so the
// smallest difference between arrival and reading over recent frames is the
// clock's offset plus the fastest way through the network. The right edge of the
// plot stands where readings arrive, whichever clock the labels go by.

const SECOND = 1e6; // µs
const BUCKET = 2.5 * SECOND; // the smallest difference is kept for each of these
const BUCKETS = 4;
const BACKFILL = SECOND / 4; // frames that come sooner after the first one may be of the past
const NEEDS = 40; // frames that say how far behind now the edge has to stand
const MOST_DELAY = 0.6 * SECOND; // whoever sends less often than this is not waited for
const LEAST_DELAY = 0.01 * SECOND;
const UNSEEN = 0.04 * SECOND; // apart, and waiting for the next frame costs more than the sliver it would fill
const MOST_LAG = 2 * SECOND; // that the edge stands behind now because readings are so long under way
const CLOCK_JUMP = 0.25 * SECOND; // the viewer's own clock was set, or the computer slept

/** The viewer's wall clock in µs, steady between jumps. */
export class Wall {
  #base = Date.now() * 1e3 - performance.now() * 1e3;
  readonly #onJump: () => void;

  constructor(onJump: () => void) {
    this.#onJump = onJump;
  }

  now(): number {
    const steady = performance.now() * 1e3;
    const date = Date.now() * 1e3;
    if (Math.abs(this.#base + steady - date) > CLOCK_JUMP) {
      this.#base = date - steady;
      this.#onJump();
    }
    return this.#base + steady;
  }
}

export class Arrivals {
  #buckets: { since: number; least: number }[] = [];
  #first = NaN; // when the first frame came
  #afterBackfill = false;
  #newest = -Infinity; // of all readings, in the device's time
  #needs: number[] = [];

  /** Takes note of a frame whose readings end at `newest` and which came at `now`. */
  take(newest: number, now: number): void {
    if (Number.isNaN(this.#first)) this.#first = now;
    this.#afterBackfill ||= now - this.#first > BACKFILL;
    const difference = now - newest;
    const last = this.#buckets.at(-1);
    if (last === undefined || now - last.since >= BUCKET) this.#buckets.push({ since: now, least: difference });
    else last.least = Math.min(last.least, difference);
    if (this.#buckets.length > BUCKETS) this.#buckets.shift();
    if (this.#afterBackfill && this.#newest !== -Infinity) {
      this.#needs.push(now - this.#newest - this.#least());
      if (this.#needs.length > NEEDS) this.#needs.shift();
    }
    this.#newest = Math.max(this.#newest, newest);
  }

  /**
   * What to add to a reading's time, while nobody has measured it. A backfill is
   * as old as it is, so until something came live the device's clock is believed
   * where it can be right: not in the future, and not so far back (`patience`)
   * that nothing would show.
   */
  guess(patience: number): number {
    const least = this.#least();
    if (this.#afterBackfill || least <= 0 || least > patience) return least;
    return 0;
  }

  /** What to add to a reading's time to have when it arrives, given its true offset or a guess. */
  arriving(offset: number): number {
    return this.#afterBackfill ? Math.min(Math.max(offset, this.#least()), offset + MOST_LAG) : offset;
  }

  /** How far behind the arrival the right edge stands so that readings enter as they come, in µs. */
  delay(): number {
    const needs = Float64Array.from(this.#needs).sort();
    const need = needs[Math.floor(needs.length * 0.9)];
    if (need === undefined || need > MOST_DELAY) return 2 * LEAST_DELAY;
    return need <= UNSEEN ? LEAST_DELAY : need * 1.05 + 0.005 * SECOND;
  }

  reset(): void {
    this.#buckets = [];
    this.#needs = [];
    this.#first = NaN;
    this.#afterBackfill = false;
    this.#newest = -Infinity;
  }

  #least(): number {
    let least = Infinity;
    for (const bucket of this.#buckets) least = Math.min(least, bucket.least);
    return least === Infinity ? 0 : least;
  }
}
