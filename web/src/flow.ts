// How much is under way to one reader; the twin of stream/flow.go.
//
// The bytes that a path has not got rid of are no older than the last ones that
// were sent: where they would be too old, no more are sent until the path has
// room, and the cursor skips meanwhile to what is newest then.

const MOST_IN_FLIGHT = 1 << 20; // bytes sent and not taken, whatever the path
const FIRST_BUDGET = 2400; // bytes unsent at the beginning: two packets
const LEAST_BUDGET = 512; // on a path that is slow to get rid of them
const BRISK = 50; // ms over the round trip: bytes that wait no longer do not queue
const MARK_EVERY = 10; // ms of sending, to tell the age of what is unsent
const MARKS = 64;

export class Flow {
  readonly #now: () => number;
  #sent = 0;
  #counted = 0; // of them
  #taken = 0;
  #budget = FIRST_BUDGET; // bytes that may be unsent
  #blocked: number | undefined; // since when they are too many, in ms
  #marks: { at: number; sent: number }[] = []; // what was sent before, newest last

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Notes that so many bytes were handed to the path. Those that may be lost do
   * not count as in flight: nobody tells what has become of them.
   */
  sent(bytes: number, counts: boolean): void {
    const now = this.#now();
    const last = this.#marks.at(-1);
    if (last === undefined || now - last.at >= MARK_EVERY) this.#marks.push({ at: now, sent: this.#sent });
    if (this.#marks.length > MARKS) this.#marks.shift();
    this.#sent += bytes;
    if (counts) this.#counted += bytes;
  }

  /** Notes how many bytes the reader has taken in all. */
  take(bytes: number): void {
    if (bytes <= this.#counted) this.#taken = Math.max(this.#taken, bytes);
  }

  /** Whether the reader has so much to take that nothing should be sent. */
  get full(): boolean {
    return this.#counted - this.#taken > MOST_IN_FLIGHT;
  }

  /**
   * Whether something sent now would arrive soon, given how many bytes the path
   * has not got rid of and its round trip in ms. How many may wait is found
   * out: two or four times as many each time that they went quickly, half when not.
   */
  brisk(unsent: number, trip: number): boolean {
    const limit = trip + BRISK;
    const waits = unsent > this.#budget || this.#age(unsent) > limit;
    if (waits) this.#blocked ??= this.#now();
    else if (this.#blocked !== undefined) {
      const took = this.#now() - this.#blocked;
      const more = took <= limit / 4 ? 4 : 2; // four times as many would still be in time
      this.#budget = took <= limit ? Math.min(more * this.#budget, MOST_IN_FLIGHT) : Math.max(this.#budget / 2, LEAST_BUDGET);
      this.#blocked = undefined;
    }
    return !waits;
  }

  /** How long ago the oldest of the unsent bytes was sent, in ms. */
  #age(unsent: number): number {
    if (unsent <= 0) return 0;
    const from = this.#sent - unsent;
    const mark = this.#marks.findLast(({ sent }) => sent <= from);
    if (mark !== undefined) return this.#now() - mark.at;
    const [oldest] = this.#marks; // where not all are remembered, the bytes are older; else the rest are others'
    return oldest === undefined ? 0 : this.#marks.length < MARKS ? this.#now() - oldest.at : Infinity;
  }
}
