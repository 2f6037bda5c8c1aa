// A device's frames in a bounded log, read through cursors; the twin of stream/.

import { Cursor } from "./cursor";
import type { Batch } from "./batch";
import { encodeSchema, type Frame, parseFrame, type Position, type Schema } from "./frame";
import type { Span } from "./span";

export interface Limits {
  readings: number;
  bytes: number;
  age: number; // ms, by when frames were appended
}

const DEFAULTS: Limits = { readings: 4 << 20, bytes: 64 << 20, age: 5 * 60_000 };

export interface Entry {
  frame: Frame;
  schema: Frame; // that holds for frame
  appended: number; // ms, of a steady clock
}

export interface Start {
  after?: Position;
  schema?: number; // version that the reader has, of after's epoch
  since?: number; // ms before the newest frame; negative is all
  bound?: number; // ms; a cursor that is behind by a quarter of it skips to the newest frame, and yields the others late; 0 is no bound
  spans?: readonly Span[]; // of earlier frames that are wanted besides
}

export class Log {
  readonly epoch: string;
  ended = false;
  readonly #limits: Limits;
  readonly #now: () => number;
  #entries: Entry[] = []; // those from #tail on are live
  #tail = 0;
  #readings = 0;
  #bytes = 0;
  #seq = 0;
  #schema: Frame | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(limits: Partial<Limits> = {}, now: () => number = () => performance.now()) {
    this.#limits = { ...DEFAULTS, ...limits };
    this.#now = now;
    const words = crypto.getRandomValues(new Uint32Array(2));
    words[0] = (words[0] ?? 0) | 1; // never zero
    this.epoch = [...words].map((w) => w.toString(16).padStart(8, "0")).join("");
  }

  get head(): Position {
    return { epoch: this.epoch, seq: this.#seq };
  }

  /** The sequence number of the oldest frame held, or of the next one. */
  get oldest(): number {
    return this.#entries[this.#tail]?.frame.position.seq ?? this.#seq + 1;
  }

  /** Appends the schema of all that follows. */
  declare(schema: Schema): void {
    const version = (this.#schema?.schema ?? 0) + 1;
    const frame = parseFrame(encodeSchema(schema, version, this.#next(), Date.now() * 1e3));
    this.#schema = frame;
    this.#append(frame, frame);
  }

  /** Appends what was gathered as the next frame; a schema was declared before. */
  append(batch: Batch): void {
    if (this.#schema === undefined) throw new Error("declare a schema first");
    this.#append(parseFrame(batch.encode(this.#schema.schema, this.#next())), this.#schema);
  }

  #next(): Position {
    return { epoch: this.epoch, seq: this.#seq + 1 };
  }

  #append(frame: Frame, schema: Frame): void {
    const appended = this.#now();
    this.#seq = frame.position.seq;
    this.#entries.push({ frame, schema, appended });
    this.#readings += frame.count;
    this.#bytes += frame.bytes.length;
    while (this.#entries.length - this.#tail > 1 && this.#over(appended)) this.#evict();
    if (this.#tail >= 64 && this.#tail * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#tail);
      this.#tail = 0;
    }
    for (const listener of this.#listeners) listener();
  }

  #over(now: number): boolean {
    const oldest = this.#entries[this.#tail];
    return this.#readings > this.#limits.readings || this.#bytes > this.#limits.bytes || (oldest !== undefined && now - oldest.appended > this.#limits.age);
  }

  #evict(): void {
    const old = this.#entries[this.#tail++];
    if (old === undefined) return;
    this.#readings -= old.frame.count;
    this.#bytes -= old.frame.bytes.length;
  }

  /** Calls back at each append, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How long ago the frame behind a position was appended, in ms; 0 at the head. */
  lag(position: Position): number {
    const entry = position.epoch === this.epoch ? this.after(position.seq) : undefined;
    return entry === undefined ? 0 : this.#now() - entry.appended;
  }

  /** The first live entry behind a sequence number. */
  after(seq: number): Entry | undefined {
    const oldest = this.#entries[this.#tail];
    if (oldest === undefined) return undefined;
    // Sequence numbers have no holes, so the index follows from the number.
    return this.#entries[this.#tail + Math.max(0, seq + 1 - oldest.frame.position.seq)];
  }

  /** The sequence number that a cursor starts behind. */
  locate(start: Start): number {
    const oldest = this.oldest - 1;
    if (start.after !== undefined) {
      const known = start.after.epoch === this.epoch && start.after.seq <= this.#seq;
      return known ? start.after.seq : oldest;
    }
    if (start.since === undefined || start.since === 0) return this.#seq;
    if (start.since < 0) return oldest;
    let i = this.#entries.length - 1;
    const limit = (this.#entries[i]?.appended ?? 0) - start.since;
    while (i > this.#tail && (this.#entries[i - 1]?.appended ?? 0) >= limit) i--;
    return (this.#entries[i]?.frame.position.seq ?? this.#seq + 1) - 1;
  }

  cursor(start: Start): Cursor {
    return new Cursor(this, this.locate(start), start);
  }

  /** How long ago an entry was appended, in ms. */
  ageOf(entry: Entry): number {
    return this.#now() - entry.appended;
  }

  /** The entry of a sequence number, if it is held. */
  at(seq: number): Entry | undefined {
    const entry = this.after(seq - 1);
    return entry?.frame.position.seq === seq ? entry : undefined;
  }

  /** Ends the log: cursors read what it holds. */
  end(): void {
    this.ended = true;
    for (const listener of this.#listeners) listener();
  }
}
