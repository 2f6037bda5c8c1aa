// How fast a count grows, which is looked at now and then.

const OVER = 1_000; // ms, at least

export class Rate {
  #count = 0;
  #at = NaN; // ms
  #rate: number | undefined;

  /** Takes the count at a time in ms. Returns how much it grows in a second, once that is known. */
  take(count: number, now: number): number | undefined {
    const elapsed = now - this.#at;
    if (elapsed < OVER) return this.#rate;
    if (!Number.isNaN(elapsed)) this.#rate = ((count - this.#count) * 1e3) / elapsed;
    [this.#count, this.#at] = [count, now];
    return this.#rate;
  }
}
