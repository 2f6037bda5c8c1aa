import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch, decodeColumns, KIND_SCHEMA } from "../src/frame";
import { type Cursor, type Limits, Log } from "../src/log";

let clock = 0;

function begin(limits: Partial<Limits> = {}): Log {
  clock = 0;
  const log = new Log(limits, () => clock);
  log.declare({ series: [{ name: "a" }] });
  return log;
}

/** Appends frames of one reading each, with the values from..to-1, one a second. */
function fill(log: Log, from: number, to: number): void {
  const batch = new Batch();
  for (let i = from; i < to; i++) {
    clock += 1000;
    batch.add(0, 1e15 + i, i);
    log.append(batch);
    batch.reset();
  }
}

/** The next entry as "schema", or its value and what was lost before it. */
function next(cursor: Cursor): string | [number, number] | undefined {
  const entry = cursor.next();
  if (entry === undefined) return undefined;
  if (entry.frame.kind === KIND_SCHEMA) return "schema";
  return [decodeColumns(entry.frame)[0]?.values[0] ?? NaN, entry.lost];
}

test("cursors start where they are told to", () => {
  const log = begin();
  fill(log, 0, 10);
  const head = log.head;
  const cursors = {
    now: log.cursor({}),
    since: log.cursor({ since: 3000 }),
    all: log.cursor({ since: -1 }),
    after: log.cursor({ after: { epoch: head.epoch, seq: head.seq - 2 } }),
    foreign: log.cursor({ after: { epoch: "00000000000000ff", seq: 5 } }),
  };
  fill(log, 10, 11);
  for (const cursor of Object.values(cursors)) assert.equal(next(cursor), "schema");
  assert.deepEqual(Object.values(cursors).map(next), [[10, 0], [6, 0], [0, 0], [8, 0], [0, 0]]);
});

test("a cursor that fell off the tail is told what it lost", () => {
  for (const limits of [{ readings: 100 }, { bytes: 100 * 64 }, { age: 99_000 }]) {
    const log = begin(limits);
    const stopped = log.cursor({});
    fill(log, 0, 1000);
    assert.equal(next(stopped), "schema");
    assert.deepEqual(next(stopped), [900, 900]);
    assert.deepEqual(next(stopped), [901, 0]);
  }
});

test("the schema that holds comes before the first frame, and where it changes", () => {
  const log = begin();
  fill(log, 0, 1);
  const early = log.cursor({ since: -1 });
  log.declare({ series: [{ name: "a" }, { name: "b" }] });
  fill(log, 1, 2);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => next(early)), ["schema", [0, 0], "schema", [1, 0], undefined]);
});

test("a log wakes those who listen, and tells how far a position is behind", () => {
  const log = begin();
  fill(log, 0, 1);
  const seen = log.head;
  let woken = 0;
  const stop = log.onAppend(() => woken++);
  assert.equal(log.lag(seen), 0);
  fill(log, 1, 2);
  clock += 3000;
  assert.equal(log.lag(seen), 3000);
  stop();
  fill(log, 2, 3);
  assert.equal(woken, 1);
});
