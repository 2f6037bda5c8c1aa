// Readings on their way to become a frame; the twin of batch.go.

import { COLUMN_HEADER, HEADER, KIND_READINGS, MAX_FRAME, MAX_FRAME_READINGS, pad8, type Position, putHeader, type Series, TIMES, U32, VALUES, viewOf } from "./frame";

interface Gathered {
  times: number[]; // µs since 1970
  values: number[];
  wide: boolean;
}

/** Gathers readings until they become one frame. */
export class Batch {
  #columns = new Map<number, Gathered>();
  #count = 0;
  #earliest = 0;
  #latest = 0;

  get length(): number {
    return this.#count;
  }

  /** Takes one reading, or says false if the frame is full: then encode, reset and add again. */
  add(series: number, micros: number, value: number, type: Series["type"] = "float64"): boolean {
    const earliest = this.#count === 0 ? micros : Math.min(this.#earliest, micros);
    const latest = this.#count === 0 ? micros : Math.max(this.#latest, micros);
    if (this.#count >= MAX_FRAME_READINGS || latest - earliest >= U32) return false;
    if (HEADER + (this.#columns.size + 1) * (COLUMN_HEADER + 8) + 12 * (this.#count + 1) > MAX_FRAME) return false;
    let column = this.#columns.get(series);
    if (column === undefined) this.#columns.set(series, (column = { times: [], values: [], wide: type === "float64" }));
    column.times.push(micros);
    column.values.push(value);
    [this.#earliest, this.#latest] = [earliest, latest];
    this.#count++;
    return true;
  }

  reset(): void {
    this.#columns.clear();
    this.#count = 0;
  }

  /** Makes the frame of what was gathered, which is at least one reading. */
  encode(schema: number, at: Position): Uint8Array<ArrayBuffer> {
    let before: Gathered | undefined;
    const plans = [...this.#columns].sort(([a], [b]) => a - b).map(([series, column]) => {
      const step = evenStep(column.times);
      column.wide &&= !column.values.every((v) => Math.fround(v) === v);
      const encoding = before !== undefined && same(before.times, column.times) ? TIMES.shared : step !== undefined ? TIMES.step : TIMES.offset;
      before = column;
      return { series, column, encoding, step: step ?? 0 };
    });
    let size = HEADER;
    for (const { column, encoding } of plans) {
      const n = column.times.length;
      size += COLUMN_HEADER + (encoding === TIMES.offset ? pad8(4 * n) : 0) + pad8((column.wide ? 8 : 4) * n);
    }
    const bytes = new Uint8Array(size);
    putHeader(bytes, KIND_READINGS, schema, this.#count, at, this.#earliest);
    let offset = HEADER;
    for (const plan of plans) offset = this.#put(bytes, offset, plan.series, plan.column, plan.encoding, plan.step);
    return bytes;
  }

  #put(bytes: Uint8Array<ArrayBuffer>, at: number, series: number, column: Gathered, encoding: number, step: number): number {
    const view = viewOf(bytes);
    const n = column.times.length;
    view.setUint16(at, series, true);
    view.setUint8(at + 2, encoding);
    view.setUint8(at + 3, column.wide ? VALUES.float64 : VALUES.float32);
    view.setUint32(at + 4, n, true);
    if (encoding === TIMES.step) {
      view.setUint32(at + 8, (column.times[0] ?? 0) - this.#earliest, true);
      view.setUint32(at + 12, step, true);
    }
    at += COLUMN_HEADER;
    if (encoding === TIMES.offset) {
      new Uint32Array(bytes.buffer, at, n).set(column.times.map((t) => t - this.#earliest));
      at += pad8(4 * n);
    }
    const values = column.wide ? new Float64Array(bytes.buffer, at, n) : new Float32Array(bytes.buffer, at, n);
    values.set(column.values);
    return at + pad8(values.byteLength);
  }
}

/** The one distance between neighbours, if there is one. */
function evenStep(times: number[]): number | undefined {
  if (times.length === 1) return 0;
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  if (step < 0 || step >= U32) return undefined;
  for (let i = 2; i < times.length; i++) if ((times[i] ?? 0) - (times[i - 1] ?? 0) !== step) return undefined;
  return step;
}

function same(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((t, i) => t === b[i]);
}
