// When to ask again for frames that were lost in a packet; the twin of
// viewer/chase.go.

import { type Span, Spans } from "./span";

const AGAIN = 60; // ms between two tries, and at least …
const TRIPS = 1.25; // … so many round trips
const TRIES = 4; // after which they are …
const SLOW = 1_000; // … so far apart, in ms
const PATIENCE = 20; // ms that a beat may be faster than the frames it tells of
const MOST = 256; // frames at once; the newest first

interface Try {
  next: number; // ms, when it is asked for again
  count: number;
}

export class Refetch {
  #tries = new Map<number, Try>(); // by sequence number

  /** When something is due next, in ms; undefined if nothing is. */
  get next(): number | undefined {
    let next: number | undefined;
    for (const one of this.#tries.values()) next = Math.min(next ?? Infinity, one.next);
    return next;
  }

  /** What to ask for now, of what is missing, up to the newest and, as a beat tells, behind it. `trip` is the round trip in ms. */
  due(now: number, missing: readonly Span[], newest: number, trip: number): readonly Span[] {
    const tries = new Map<number, Try>();
    const ask = new Spans();
    for (const { first, last } of [...missing].reverse()) {
      for (let seq = last; seq >= first && tries.size < MOST; seq--) {
        const one = this.#tries.get(seq) ?? { next: seq > newest ? now + PATIENCE : now, count: 0 };
        if (one.next <= now) {
          one.count++;
          one.next = now + (one.count > TRIES ? SLOW : Math.max(AGAIN, TRIPS * trip));
          ask.add({ first: seq, last: seq });
        }
        tries.set(seq, one);
      }
    }
    this.#tries = tries;
    return ask.list;
  }
}
