// A reading of a log: a position, and what was skipped before it; the twin of
// stream/cursor.go.

import { type Frame, KIND_SCHEMA, type Position } from "./frame";
import type { Entry, Log, Start } from "./log";
import { type Span, Spans } from "./span";

const RUN = 64; // frames; see stream/cursor.go

/** What a cursor yields: a frame, or the news that some are not held any more. */
export type Next = { frame: Frame; late: boolean } | { gap: Span };

export class Cursor {
  readonly #log: Log;
  readonly #bound: number; // ms
  readonly #owed = new Spans(); // skipped, or wanted besides
  #seq: number; // of the newest frame read
  #schema = 0; // newest version yielded

  constructor(log: Log, seq: number, { bound = 0, spans = [], after, schema = 0 }: Start) {
    this.#log = log;
    this.#seq = seq;
    this.#bound = bound;
    if (after?.epoch !== log.epoch) return;
    this.#schema = schema;
    for (const span of spans) this.want(span);
  }

  /** That of the newest frame read. */
  get position(): Position {
    return { epoch: this.#log.epoch, seq: this.#seq };
  }

  /** Makes the cursor yield frames besides, late, as far as they are held. */
  want({ first, last }: Span): void {
    this.#owed.add({ first, last: Math.min(last, this.#seq) }); // the rest comes anyway
  }

  /** Those of the frames that it has yielded, as far as they are held, and those that it has not and will not. */
  again(spans: readonly Span[]): { frames: Frame[]; gone: readonly Span[] } {
    const frames: Frame[] = [];
    const gone = new Spans();
    for (const span of new Spans(spans).list) {
      const last = Math.min(span.last, this.#seq);
      const oldest = this.#log.oldest;
      gone.add({ first: span.first, last: Math.min(last, oldest - 1) });
      for (let seq = Math.max(span.first, oldest); seq <= last; seq++) {
        const frame = this.#log.at(seq)?.frame;
        if (frame !== undefined && !this.#owed.has(seq)) frames.push(frame);
      }
    }
    for (const span of this.#owed.list) gone.remove(span); // told of later
    return { frames, gone: gone.list };
  }

  /** The next of all, newer ones before those that are late; undefined if there is none. */
  next(): Next | undefined {
    return this.live() ?? this.#late();
  }

  /** The next of those that are newer than all before. */
  live(): Next | undefined {
    const log = this.#log;
    let entry = log.after(this.#seq);
    // Most of the bound is left to the way that is to come.
    if (entry !== undefined && this.#bound > 0 && log.ageOf(entry) > this.#bound / 4) entry = log.at(log.head.seq);
    if (entry === undefined) return undefined;
    const { seq } = entry.frame.position;
    const before = { first: this.#seq + 1, last: seq - 1 };
    if (this.#bound === 0 && before.first <= before.last) {
      this.#seq = before.last;
      return { gap: before };
    }
    const schema = this.#announce(entry);
    if (schema !== undefined) return schema;
    this.#owed.add(before); // late finds out what of it is held
    this.#seq = seq;
    return { frame: entry.frame, late: false };
  }

  /** The schema that holds for an entry, if it was not yielded yet. */
  #announce({ frame, schema }: Entry): Next | undefined {
    if (schema.schema <= this.#schema) return undefined;
    this.#schema = schema.schema;
    return frame.kind === KIND_SCHEMA ? undefined : { frame: schema, late: false };
  }

  /** A frame that is owed, of the newest span first, and of that the newest run; what is of one run comes in its order. */
  #late(): Next | undefined {
    const span = this.#owed.list.at(-1);
    if (span === undefined) return undefined;
    const { oldest } = this.#log;
    if (span.last < oldest) {
      this.#owed.remove(span);
      return { gap: span };
    }
    const first = Math.max(span.first, Math.floor(span.last / RUN) * RUN);
    if (first < oldest) {
      const gap = { first, last: oldest - 1 };
      this.#owed.remove(gap);
      return { gap };
    }
    const entry = this.#log.at(first)!;
    const schema = this.#announce(entry);
    if (schema !== undefined) return schema;
    this.#owed.remove({ first, last: first });
    return { frame: entry.frame, late: true };
  }
}
