// A device's frames in a bounded log, read through cursors; the twin of stream/.

import { type Batch, encodeSchema, type Frame, parseFrame, type Position, type Schema } from "./frame";

export interface Limits {
  readings: number;
  bytes: number;
  age: number; // ms, by when frames were appended
}

const DEFAULTS: Limits = { readings: 4 << 20, bytes: 64 << 20, age: 5 * 60_000 };

interface Entry {
  frame: Frame;
  schema: Frame; // that holds for frame
  appended: number; // ms, of a steady clock
}

export interface Start {
  after?: Position;
  since?: number; // ms before the newest frame; negative is all
}

export class Log {
  readonly epoch: string;
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
    const oldest = (this.#entries[this.#tail]?.frame.position.seq ?? this.#seq + 1) - 1;
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
    return new Cursor(this, this.locate(start));
  }
}

export class Cursor {
  readonly #log: Log;
  #seq: number;
  #schema = 0; // version last yielded

  constructor(log: Log, seq: number) {
    this.#log = log;
    this.#seq = seq;
  }

  get position(): Position {
    return { epoch: this.#log.epoch, seq: this.#seq };
  }

  /** The next frame, and how many were lost right before it; undefined at the head. */
  next(): { frame: Frame; lost: number } | undefined {
    const entry = this.#log.after(this.#seq);
    if (entry === undefined) return undefined;
    if (entry.schema.schema !== this.#schema) {
      this.#schema = entry.schema.schema;
      if (entry.frame !== entry.schema) return { frame: entry.schema, lost: 0 };
    }
    const lost = entry.frame.position.seq - this.#seq - 1;
    this.#seq = entry.frame.position.seq;
    return { frame: entry.frame, lost };
  }
}
