// The vectors in testdata/vectors.json, which the Go tests read too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Batch } from "../src/batch";
import { type Column, decodeColumns, decodeSchema, encodeSchema, FrameError, framesOf, KIND_SCHEMA, parseFrame, type Schema } from "../src/frame";
import { parseMessage } from "../src/message";

interface Vectors {
  frames: {
    name: string;
    hex: string;
    header: { kind: number; schema: number; count: number; epoch: string; seq: number; time: string; length: number };
    columns?: { series: number; times: string; values: "float64" | "float32"; micros: string[]; numbers: number[] }[];
    schema?: Schema;
  }[];
  bad: { name: string; hex: string }[];
  messages: unknown[];
}

const vectors = JSON.parse(readFileSync("../testdata/vectors.json", "utf8")) as Vectors;
const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

/** A frame with bytes before it, so that nothing in it is aligned. */
function shifted(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const room = new Uint8Array(bytes.length + 3);
  room.set(bytes, 3);
  return room.subarray(3);
}

for (const { name, hex, header, columns, schema } of vectors.frames) {
  for (const place of [bytesOf, (h: string) => shifted(bytesOf(h))]) {
    test(`decode ${name}`, () => {
      const frame = parseFrame(place(hex));
      assert.deepEqual(
        { kind: frame.kind, schema: frame.schema, count: frame.count, ...frame.position, time: String(frame.time) },
        { kind: header.kind, schema: header.schema, count: header.count, epoch: header.epoch, seq: header.seq, time: header.time },
      );
      if (frame.kind === KIND_SCHEMA) {
        assert.deepEqual(decodeSchema(frame), schema);
        return;
      }
      const got = decodeColumns(frame).map((c: Column) => ({ series: c.series, micros: [...c.times].map(String), numbers: [...c.values] }));
      assert.deepEqual(got, columns?.map(({ series, micros, numbers }) => ({ series, micros, numbers })));
    });
  }
  test(`encode ${name}`, () => {
    const frame = parseFrame(bytesOf(hex));
    if (schema !== undefined) {
      assert.equal(hexOf(encodeSchema(schema, frame.schema, frame.position, frame.time)), hex);
      return;
    }
    const batch = new Batch();
    for (const { series, values, micros, numbers } of columns ?? []) {
      for (const [i, n] of numbers.entries()) assert.ok(batch.add(series, Number(micros[i]), n, values));
    }
    assert.equal(hexOf(batch.encode(frame.schema, frame.position)), hex);
  });
}

for (const { name, hex } of vectors.bad) {
  test(`refuse ${name}`, () => {
    assert.throws(() => decodeColumns(parseFrame(bytesOf(hex))), FrameError);
  });
}

test("a message is split into its frames, each with bytes of its own", () => {
  const all = vectors.frames.map(({ hex }) => hex);
  const message = bytesOf(all.join(""));
  const frames = [...framesOf(message)];
  assert.deepEqual(frames.map(hexOf), all);
  for (const frame of frames) assert.ok(frame.byteOffset === 0 && frame.buffer !== message.buffer);
  const cut = [...framesOf(message.slice(0, -1))];
  assert.equal(cut.length, all.length);
  assert.throws(() => parseFrame(cut.at(-1)!), FrameError);
});

test("messages", () => {
  for (const message of vectors.messages) assert.deepEqual(parseMessage(JSON.stringify(message)), message);
  for (const text of ["", "x", "null", "[]", "{}", '{"type":1}']) assert.equal(parseMessage(text), undefined);
});

test("a batch fills up", () => {
  const batch = new Batch();
  let n = 0;
  while (batch.add(n % 200, 1e15 + n * n, n)) n++;
  const frame = parseFrame(batch.encode(1, { epoch: "0000000000000001", seq: 1 }));
  assert.equal(frame.count, n);
  assert.ok(n > 3000);
  batch.reset();
  assert.ok(batch.add(0, 1e15, 1));
  assert.ok(!batch.add(0, 1e15 + 2 ** 32, 2));
});
