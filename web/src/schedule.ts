// When readings are due: at start + n × interval, by the clock and not by
// timers, which come late. What was missed is made up for, so the average rate
// holds; only a sleep of the computer is not caught up with.

const MS = 1e3; // µs
const MOST_BEHIND = 3_000 * MS;

export interface Due {
  times: Float64Array; // µs
  asleep: number; // ms that were slept through before them, or 0
}

export class Schedule {
  #next: number; // µs
  #interval: number; // µs

  /** The first reading is due now. */
  constructor(now: number, intervalMs: number) {
    this.#next = Math.floor(now);
    this.#interval = intervalMs * MS;
  }

  /** Readings from the next one on are that far apart. */
  change(now: number, intervalMs: number): void {
    if (intervalMs * MS === this.#interval) return;
    this.#next = Math.max(Math.floor(now), this.#next - this.#interval + intervalMs * MS);
    this.#interval = intervalMs * MS;
  }

  /** When the next reading is due, in µs. */
  get next(): number {
    return this.#next;
  }

  /** All readings that are due by now. */
  due(now: number): Due {
    let asleep = 0;
    if (now - this.#next > MOST_BEHIND + this.#interval) {
      asleep = (now - this.#next) / MS;
      this.#next = Math.floor(now);
    }
    const count = Math.max(0, Math.floor((now - this.#next) / this.#interval) + 1);
    const times = new Float64Array(count);
    for (let i = 0; i < count; i++) times[i] = this.#next + i * this.#interval;
    this.#next += count * this.#interval;
    return { times, asleep };
  }
}
