import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch } from "../src/batch";
import { decodeColumns, KIND_SCHEMA } from "../src/frame";
import type { Cursor } from "../src/cursor";
import { type Limits, Log } from "../src/log";

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

/** The next entry: "schema", its value, "late" and its value, or a gap as [first, last]. */
function next(cursor: Cursor): string | number | [number, number] | undefined {
  const entry = cursor.next();
  if (entry === undefined) return undefined;
  if ("gap" in entry) return [entry.gap.first, entry.gap.last];
  if (entry.frame.kind === KIND_SCHEMA) return "schema";
  const value = decodeColumns(entry.frame)[0]?.values[0] ?? NaN;
  return entry.late ? `late ${value}` : value;
}

/** All that a cursor has. */
function rest(cursor: Cursor): unknown[] {
  const all: unknown[] = [];
  for (let one = next(cursor); one !== undefined; one = next(cursor)) all.push(one);
  return all;
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
  assert.deepEqual(Object.values(cursors).map(next), [10, 6, 0, 8, 0]);
});

test("a cursor that fell off the tail is told what it lost", () => {
  for (const limits of [{ readings: 100 }, { bytes: 100 * 64 }, { age: 99_000 }]) {
    const log = begin(limits);
    const stopped = log.cursor({});
    fill(log, 0, 1000);
    assert.deepEqual([1, 2, 3, 4].map(() => next(stopped)), [[2, 901], "schema", 900, 901]);
  }
});

test("the schema that holds comes before the first frame, and where it changes", () => {
  const log = begin();
  fill(log, 0, 1);
  const early = log.cursor({ since: -1 });
  log.declare({ series: [{ name: "a" }, { name: "b" }] });
  fill(log, 1, 2);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => next(early)), ["schema", 0, "schema", 1, undefined]);
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

test("a cursor with a bound skips to the newest, and yields the others late, the newest span first", () => {
  const log = begin();
  fill(log, 0, 2);
  const cursor = log.cursor({ since: -1, bound: 10_000 }); // a quarter of it behind is too much
  assert.deepEqual(rest(cursor), ["schema", 0, 1]);
  fill(log, 2, 5); // one a second
  assert.deepEqual(rest(cursor), [2, 3, 4]);
  fill(log, 5, 10);
  assert.deepEqual([next(cursor), next(cursor)], [9, "late 5"]);
  fill(log, 10, 20);
  assert.deepEqual(rest(cursor), [19, ...[10, 11, 12, 13, 14, 15, 16, 17, 18, 6, 7, 8].map((n) => `late ${n}`)]);
});

test("of many late ones the newest run comes first", () => {
  const log = begin();
  fill(log, 0, 200); // frames 2 to 201
  const cursor = log.cursor({ since: -1, bound: 10_000 });
  const late = rest(cursor).slice(2); // behind the schema and the newest
  const run = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `late ${from + i - 2}`);
  assert.deepEqual(late, [...run(192, 200), ...run(128, 191), ...run(64, 127), "schema", ...run(2, 63)]);
});

test("a cursor gives again what it has yielded, and tells what is not held", () => {
  const log = begin({ readings: 10 });
  fill(log, 0, 12); // frames 4 to 13 are held, values 2 to 11
  const cursor = log.cursor({ after: { epoch: log.epoch, seq: 13 }, spans: [{ first: 6, last: 6 }] });
  fill(log, 12, 13); // frame 4 goes, 14 comes
  const { frames, gone } = cursor.again([{ first: 2, last: 7 }, { first: 13, last: 99 }]);
  assert.deepEqual(frames.map(({ position }) => position.seq), [5, 7, 13]); // 6 is still to come by itself
  assert.deepEqual(gone, [{ first: 2, last: 4 }]);
});

test("a cursor yields what is wanted besides, and a gap for what is not held", () => {
  const log = begin({ readings: 10 });
  fill(log, 0, 20); // frames 12 to 21 are held, values 10 to 19
  const head = log.head;
  const cursor = log.cursor({ after: head, spans: [{ first: 3, last: 13 }, { first: 16, last: 16 }], bound: 2000 });
  assert.deepEqual(rest(cursor), ["schema", "late 14", [3, 11], "late 10", "late 11"]);
  cursor.want({ first: 20, last: 99 });
  fill(log, 20, 21);
  assert.deepEqual(rest(cursor), [20, "late 18", "late 19"]);
});
