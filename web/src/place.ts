// Where in a stream a reader is, whatever path the frames come over; the twin
// of the place in viewer/track.go.

import type { Position } from "./frame";
import { type Span, Spans } from "./span";

const PAST = 8; // logs that are over and remembered: what is still under way from them is no news

export type Standing = "news" | "late" | "repeat" | "unknown"; // the last: of a log that no "from" has announced

export class Place {
  readonly missing = new Spans(); // before the position; they may come yet
  readonly #past: string[] = [];
  position: Position | undefined; // of the newest frame handled

  /** Takes the place where a path begins. Says whether the device has begun a new log. */
  from(start: Position): boolean {
    const before = this.position;
    if (before?.epoch === start.epoch || this.#past.includes(start.epoch)) return false;
    this.position = start;
    if (before === undefined) return false;
    this.#past.push(before.epoch);
    if (this.#past.length > PAST) this.#past.shift();
    this.missing.clear();
    return true;
  }

  /** Whether a frame of this position is wanted; nothing is noted. */
  standing(at: Position): Standing {
    const here = this.position;
    if (here?.epoch !== at.epoch) return this.#past.includes(at.epoch) ? "repeat" : "unknown";
    if (at.seq > here.seq) return "news";
    return this.missing.has(at.seq) ? "late" : "repeat";
  }

  /** Notes that a frame was handled. The span that it jumped over, if any, is missing. */
  take(at: Position): Span | undefined {
    const before = this.position;
    if (this.standing(at) === "late") this.missing.remove({ first: at.seq, last: at.seq });
    if (this.standing(at) !== "news" || before === undefined) return undefined;
    this.position = at;
    return this.#skip({ first: before.seq + 1, last: at.seq - 1 });
  }

  /** Notes frames that will not come. Says how many of them had not, and what it jumped over. */
  gap(epoch: string, span: Span): { lost: number; jumped: Span | undefined } {
    const here = this.position;
    if (here?.epoch !== epoch) return { lost: 0, jumped: undefined };
    const jumped = this.#skip({ first: here.seq + 1, last: span.last });
    if (jumped !== undefined) this.position = { epoch, seq: span.last };
    const before = this.missing.count;
    this.missing.remove(span);
    return { lost: before - this.missing.count, jumped };
  }

  #skip(span: Span): Span | undefined {
    this.missing.add(span);
    return span.first <= span.last ? span : undefined;
  }

  /** Whether a head tells of nothing that has not come. */
  reached(head: Position): boolean {
    return head.epoch === this.position?.epoch && head.seq <= this.position.seq;
  }
}
