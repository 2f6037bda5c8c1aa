// What has come of a stream, each frame once, whatever path it came over; the
// twin of viewer/track.go and take.go.

import { type Column, decodeColumns, decodeSchema, type Frame, FrameError, KIND_SCHEMA, parseFrame, type Position, type Schema } from "./frame";
import { Place, type Standing } from "./place";
import type { Span } from "./span";

const MOST_HELD = 512; // frames that wait for their schema, or for word of their log
const MOST_HELD_BYTES = 4 << 20;

export interface Counts {
  frames: number;
  readings: number;
  lost: number; // frames that will not come
  breaks: number; // losses whose size nobody knows: the device has begun a new log
  repeated: number; // frames that came twice, and were dropped once
  late: number; // frames that came after newer ones
  bad: number; // frames that cannot be read
}

export interface TrackConfig {
  onSchema(schema: Schema): void;
  /** Readings; of a frame that is late, older ones than came before. A late frame may have none. */
  onColumns(columns: Column[], frame: Frame, late: boolean): void;
  /** What comes next is not joined to what came before: these frames are missing, and may come; undefined if nobody knows which. */
  onSkip(span: Span | undefined): void;
}

export class Track {
  readonly #config: TrackConfig;
  readonly #place = new Place();
  #schema = { epoch: "", version: 0, series: 0 }; // that was announced
  #held: Frame[] = [];
  readonly counts: Counts = { frames: 0, readings: 0, lost: 0, breaks: 0, repeated: 0, late: 0, bad: 0 };

  constructor(config: TrackConfig) {
    this.#config = config;
  }

  get position(): Position | undefined {
    return this.#place.position;
  }

  /** The version of the schema that is known of the device's log; 0 is none. */
  get schema(): number {
    return this.#schema.epoch === this.position?.epoch ? this.#schema.version : 0;
  }

  get missing(): readonly Span[] {
    return this.#place.missing.list;
  }

  /** How many frames are missing. */
  get skipped(): number {
    return this.#place.missing.count;
  }

  reached(head: Position): boolean {
    return this.#place.reached(head);
  }

  /** Takes the place where a path begins. */
  from(start: Position): void {
    const known = this.position !== undefined;
    if (this.#place.from(start)) {
      this.counts.breaks++;
      this.#config.onSkip(undefined);
    } else if (known) return;
    this.#release();
  }

  /** Takes the news that frames will not come. */
  gap(epoch: string, spans: readonly Span[]): void {
    for (const span of spans) {
      const { lost, jumped } = this.#place.gap(epoch, span);
      this.counts.lost += lost;
      if (jumped !== undefined) this.#config.onSkip(jumped);
    }
  }

  /** Takes a frame's bytes. Says whether it is level with what has come, the newest or about as new, and whether it is news. */
  take(bytes: Uint8Array): { level: boolean; news: boolean } {
    const before = this.counts.frames;
    try {
      const frame = parseFrame(bytes);
      this.#take(frame);
      const { epoch, seq } = frame.position;
      return { level: epoch === this.position?.epoch && seq + 1 >= this.position.seq, news: this.counts.frames > before };
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.counts.bad++; // passed over
      return { level: false, news: false };
    }
  }

  #take(frame: Frame): void {
    const { position } = frame;
    const standing = this.#place.standing(position);
    if (standing === "unknown") {
      this.#hold(frame);
      return;
    }
    if (frame.kind === KIND_SCHEMA) {
      this.#announce(frame, standing);
      return;
    }
    if (standing === "repeat") {
      this.counts.repeated++;
      return;
    }
    if (this.#schema.epoch !== position.epoch || this.#schema.version < frame.schema) {
      this.#hold(frame);
      return;
    }
    this.#note(position, standing);
    const columns = decodeColumns(frame);
    for (const { series } of columns) if (series >= this.#schema.series) throw new FrameError(`series ${series} is not in the schema`);
    this.counts.readings += frame.count;
    this.#config.onColumns(columns, frame, standing === "late");
  }

  /** Takes a schema, whatever its sequence. Within a log it only grows, so an older one changes nothing. */
  #announce(frame: Frame, standing: Standing): void {
    const { epoch } = frame.position;
    if (standing !== "repeat") this.#note(frame.position, standing);
    if (standing === "late") this.#config.onColumns([], frame, true);
    if (epoch !== this.position?.epoch || (epoch === this.#schema.epoch && frame.schema <= this.#schema.version)) return;
    const schema = decodeSchema(frame);
    this.#schema = { epoch, version: frame.schema, series: schema.series.length };
    this.#config.onSchema(schema);
    this.#release();
  }

  #note(position: Position, standing: Standing): void {
    this.counts.frames++;
    if (standing === "late") this.counts.late++;
    const jumped = this.#place.take(position);
    if (jumped !== undefined) this.#config.onSkip(jumped);
  }

  /** Keeps a frame that has overtaken what tells how to read it. */
  #hold(frame: Frame): void {
    this.#held.push(frame);
    let bytes = this.#held.reduce((sum, one) => sum + one.bytes.length, 0);
    while (this.#held.length > MOST_HELD || bytes > MOST_HELD_BYTES) {
      bytes -= this.#held.shift()?.bytes.length ?? bytes;
      this.counts.bad++;
    }
  }

  #release(): void {
    for (const frame of this.#held.splice(0)) {
      try {
        this.#take(frame);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.counts.bad++;
      }
    }
  }
}
