import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "../src/frame";
import { type Delivery, pack, unpack } from "../src/plot/parcel";
import { draws } from "./draws";

test("what is packed is unpacked, whatever the frames hold and share", () => {
  const { real, whole } = draws(7);
  for (let parcels = 0; parcels < 200; parcels++) {
    const message = new ArrayBuffer(1 << 16); // that holds values of several columns
    const frames: Delivery[] = Array.from({ length: whole(0, 4) }, () => {
      const count = whole(1, 500);
      const times = Float64Array.from({ length: count }, (_, i) => 1.79e15 + i);
      const columns = Array.from({ length: whole(0, 3) }, (_, series): Column => {
        const at = 8 * whole(0, 1000);
        const values = whole(0, 1) === 1 ? new Float64Array(message, at, count) : new Float32Array(message, at, count);
        return { series, count, times: whole(0, 1) === 1 ? times : times.slice(), values: whole(0, 1) === 1 ? values : values.slice().fill(real(-1, 1)) };
      });
      return { columns, seq: whole(1, 2 ** 40), late: whole(0, 1) === 1 };
    });
    const parcel = pack(frames);
    assert.equal(new Set(parcel.buffers).size, parcel.buffers.length);
    assert.deepEqual([...unpack(parcel)], frames);
  }
});
