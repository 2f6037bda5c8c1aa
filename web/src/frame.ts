// Frames, byte for byte as in PROTOCOL.md; the twin of frame.go and column.go,
// as batch.ts is of batch.go. Decoding lays typed arrays over the received bytes and copies only
// what is not aligned.

export interface Position {
  epoch: string; // 16 hexadecimal digits
  seq: number;
}

export interface Series {
  name: string;
  unit?: string;
  type?: "float64" | "float32";
}

export interface Schema {
  series: Series[];
}

export const KIND_SCHEMA = 1;
export const KIND_READINGS = 2;

export interface Frame {
  kind: number;
  schema: number; // version that holds
  count: number; // readings
  position: Position;
  time: number; // µs since 1970
  bytes: Uint8Array; // the whole frame
}

export interface Column {
  series: number; // index in the schema
  count: number;
  times: Float64Array; // µs since 1970
  values: Float64Array | Float32Array;
}

export const HEADER = 40;
export const MAX_FRAME = 60 << 10;
export const MAX_FRAME_READINGS = 4096;
export const MAX_SERIES = 256;
const MAX_NAME = 128;
const MAX_UNIT = 32;
export const COLUMN_HEADER = 16;
export const U32 = 2 ** 32;
export const TIMES = { shared: 0, step: 1, offset: 2 } as const;
export const VALUES = { float64: 0, float32: 1 } as const;

/** Bytes that are no frame, or a schema that breaks the rules. */
export class FrameError extends Error {}

/** Reads the header and checks the size; the frame keeps the bytes. */
export function parseFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER) throw new FrameError(`${bytes.length} bytes, a header has ${HEADER}`);
  if (bytes.length > MAX_FRAME) throw new FrameError(`${bytes.length} bytes, at most ${MAX_FRAME} fit`);
  const view = viewOf(bytes);
  const [kind, flags] = [view.getUint8(0), view.getUint8(1)];
  const schema = view.getUint16(2, true);
  const count = view.getUint32(4, true);
  const epoch = hex(view.getUint32(12, true)) + hex(view.getUint32(8, true));
  const seq = view.getUint32(16, true) + view.getUint32(20, true) * U32;
  const time = view.getUint32(24, true) + view.getInt32(28, true) * U32;
  const length = view.getUint32(32, true);
  if (kind !== KIND_SCHEMA && kind !== KIND_READINGS) throw new FrameError(`kind ${kind} is unknown`);
  if (flags !== 0 || view.getUint32(36, true) !== 0) throw new FrameError("reserved bits are set");
  if (/^0+$/.test(epoch) || seq === 0 || seq >= 2 ** 53) throw new FrameError(`position ${epoch}/${seq}`);
  if (schema === 0) throw new FrameError("schema version 0");
  if (length !== bytes.length - HEADER) throw new FrameError(`${bytes.length - HEADER} bytes of payload, not ${length}`);
  if (count > MAX_FRAME_READINGS || (kind === KIND_SCHEMA) !== (count === 0)) throw new FrameError(`${count} readings`);
  return { kind, schema, count, position: { epoch, seq }, time, bytes };
}

/** The frames of a message, by their lengths; parseFrame finds out what is wrong with one. Several have bytes of their own each. */
export function* framesOf(message: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (const view = viewOf(message); at + HEADER < message.length; ) {
    const next = at + HEADER + view.getUint32(at + 32, true);
    if (next >= message.length) break;
    yield message.slice(at, next);
    at = next;
  }
  yield at === 0 ? message : message.slice(at);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** Reads a schema frame's payload. */
export function decodeSchema(frame: Frame): Schema {
  if (frame.kind !== KIND_SCHEMA) throw new FrameError(`kind ${frame.kind} holds no schema`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(frame.bytes.subarray(HEADER)));
  } catch (error) {
    throw new FrameError(`schema: ${String(error)}`);
  }
  if (!isSchema(parsed)) throw new FrameError("a schema lists series");
  checkSchema(parsed);
  return parsed;
}

function isSchema(value: unknown): value is Schema {
  if (typeof value !== "object" || value === null || !("series" in value) || !Array.isArray(value.series)) return false;
  return value.series.every((one: unknown) => typeof one === "object" && one !== null);
}

/** Makes the frame that announces a schema. */
export function encodeSchema(schema: Schema, version: number, at: Position, micros: number): Uint8Array<ArrayBuffer> {
  checkSchema(schema);
  const payload = new TextEncoder().encode(JSON.stringify(schema));
  const bytes = new Uint8Array(HEADER + payload.length);
  if (bytes.length > MAX_FRAME) throw new FrameError(`the schema takes ${payload.length} bytes`);
  putHeader(bytes, KIND_SCHEMA, version, 0, at, micros);
  bytes.set(payload, HEADER);
  return bytes;
}

function checkSchema(schema: Schema): void {
  const names = new Set<string>();
  const size = (s: string): number => new TextEncoder().encode(s).length;
  if (schema.series.length > MAX_SERIES) throw new FrameError(`${schema.series.length} series, at most ${MAX_SERIES} fit`);
  for (const { name, unit = "", type = "float64" } of schema.series) {
    if (typeof name !== "string" || name === "" || size(name) > MAX_NAME || names.has(name)) throw new FrameError("a series' name is empty, long or twice there");
    if (typeof unit !== "string" || size(unit) > MAX_UNIT || /[\x00-\x1f\x7f]/.test(name + unit)) throw new FrameError(`the unit of ${name} is long, or has control characters`);
    if (type !== "float64" && type !== "float32") throw new FrameError(`the type of ${name} is unknown`);
    names.add(name);
  }
}

export function putHeader(bytes: Uint8Array, kind: number, schema: number, count: number, at: Position, time: number): void {
  const view = viewOf(bytes);
  view.setUint8(0, kind);
  view.setUint16(2, schema, true);
  view.setUint32(4, count, true);
  view.setUint32(8, parseInt(at.epoch.slice(8), 16), true);
  view.setUint32(12, parseInt(at.epoch.slice(0, 8), 16), true);
  view.setUint32(16, at.seq % U32, true);
  view.setUint32(20, Math.floor(at.seq / U32), true);
  view.setUint32(24, ((time % U32) + U32) % U32, true);
  view.setInt32(28, Math.floor(time / U32), true);
  view.setUint32(32, bytes.length - HEADER, true);
}

/** Reads the columns of a readings frame. */
export function decodeColumns(frame: Frame): Column[] {
  if (frame.kind !== KIND_READINGS) throw new FrameError(`kind ${frame.kind} holds no readings`);
  // Typed arrays want their bytes aligned; a frame that came alone in a message is.
  const bytes = frame.bytes.byteOffset % 8 === 0 ? frame.bytes : frame.bytes.slice();
  const reader = new ColumnReader(bytes, frame.time);
  const columns: Column[] = [];
  let total = 0;
  while (!reader.done()) {
    const column = reader.next(columns.at(-1));
    columns.push(column);
    total += column.count;
  }
  if (total !== frame.count) throw new FrameError(`the header says ${frame.count} readings, the columns hold ${total}`);
  return columns;
}

class ColumnReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #time: number;
  #at = HEADER;

  constructor(bytes: Uint8Array, time: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#time = time;
  }

  done(): boolean {
    return this.#at === this.#bytes.length;
  }

  next(before: Column | undefined): Column {
    const [at, view] = [this.#at, this.#view];
    if (at + COLUMN_HEADER > this.#bytes.length) throw new FrameError("bytes after the last column");
    const series = view.getUint16(at, true);
    const [times, values] = [view.getUint8(at + 2), view.getUint8(at + 3)];
    const count = view.getUint32(at + 4, true);
    const [first, step] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
    if (before !== undefined && series <= before.series) throw new FrameError(`series ${series} comes after series ${before.series}`);
    if (series >= MAX_SERIES || count === 0 || count > MAX_FRAME_READINGS) throw new FrameError(`a column of series ${series} with ${count} readings`);
    if (times !== TIMES.step && (first !== 0 || step !== 0)) throw new FrameError("reserved bits are set in a column");
    this.#at = at + COLUMN_HEADER;
    return { series, count, times: this.#times(times, count, first, step, before), values: this.#values(values, count) };
  }

  #times(encoding: number, count: number, first: number, step: number, before: Column | undefined): Float64Array {
    if (encoding === TIMES.shared) {
      if (before?.count !== count) throw new FrameError("a column shares times that are not there");
      return before.times;
    }
    const times = new Float64Array(count);
    const time = this.#time;
    if (encoding === TIMES.step) {
      for (let i = 0, at = time + first; i < count; i++, at += step) times[i] = at;
    } else if (encoding === TIMES.offset) {
      const at = this.#take(4 * count);
      const offsets = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
      for (let i = 0; i < count; i++) times[i] = time + offsets[i]!;
    } else throw new FrameError(`time encoding ${encoding} is unknown`);
    return times;
  }

  #values(encoding: number, count: number): Float64Array | Float32Array {
    if (encoding !== VALUES.float64 && encoding !== VALUES.float32) throw new FrameError(`value encoding ${encoding} is unknown`);
    const wide = encoding === VALUES.float64;
    const at = this.#bytes.byteOffset + this.#take((wide ? 8 : 4) * count);
    const values = wide ? new Float64Array(this.#bytes.buffer, at, count) : new Float32Array(this.#bytes.buffer, at, count);
    for (let i = 0; i < count; i++) if (!Number.isFinite(values[i])) throw new FrameError("NaN and infinities are not readings");
    return values;
  }

  /** Cuts so many bytes and the zeros that pad them. */
  #take(size: number): number {
    const start = this.#at;
    this.#at = pad8(start + size);
    if (this.#at > this.#bytes.length) throw new FrameError("a column is cut off");
    for (let i = start + size; i < this.#at; i++) if (this.#bytes[i] !== 0) throw new FrameError("padding that is not zero");
    return start;
  }
}

export function pad8(n: number): number {
  return (n + 7) & ~7;
}
