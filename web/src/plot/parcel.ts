// Readings on their way to the plot: the buffers that hold those of many frames,
// and a table of where they lie. Objects and views, of which there are some for
// every column, would cost both ends more than all else of the way.
//
//	frame   seq, 1 if late, columns
//	column  series, count, buffer and offset of the times, the same of the values, 1 if they are float64

import type { Column } from "../frame";

/** Readings of one frame. Those that are late are older than some that came before. */
export interface Delivery {
  columns: Column[];
  seq: number;
  late: boolean;
}

export interface Parcel {
  table: Float64Array<ArrayBuffer>;
  buffers: ArrayBuffer[];
}

/** Packs frames. Whoever sends the parcel hands the buffers over with it. */
export function pack(deliveries: readonly Delivery[]): Parcel {
  const table: number[] = [];
  const buffers: ArrayBuffer[] = [];
  const place = ({ buffer, byteOffset }: Float64Array | Float32Array): void => {
    let i = buffers.length - 1; // mostly that of the column before
    if (buffers[i] !== buffer) i = buffers.indexOf(buffer as ArrayBuffer);
    if (i < 0) i = buffers.push(buffer as ArrayBuffer) - 1;
    table.push(i, byteOffset);
  };
  for (const { columns, seq, late } of deliveries) {
    table.push(seq, Number(late), columns.length);
    for (const { series, count, times, values } of columns) {
      table.push(series, count);
      place(times);
      place(values);
      table.push(Number(values instanceof Float64Array));
    }
  }
  return { table: Float64Array.from(table), buffers };
}

/** The frames of a parcel. */
export function* unpack({ table, buffers }: Parcel): Generator<Delivery> {
  let at = 0;
  const next = (): number => table[at++]!;
  while (at < table.length) {
    const [seq, late, count] = [next(), next() === 1, next()];
    const columns: Column[] = [];
    for (let i = 0; i < count; i++) {
      const [series, count] = [next(), next()];
      const times = new Float64Array(buffers[next()]!, next(), count);
      const [buffer, offset] = [buffers[next()]!, next()];
      columns.push({ series, count, times, values: next() === 1 ? new Float64Array(buffer, offset, count) : new Float32Array(buffer, offset, count) });
    }
    yield { columns, seq, late };
  }
}
