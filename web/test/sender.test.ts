// The two ends of a path, with nothing but a list of messages between them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch } from "../src/batch";
import type { Message } from "../src/message";
import { Reader } from "../src/reader";
import { Sender } from "../src/sender";
import { Track } from "../src/track";
import { clock, Source } from "./source";

/** A sender and a reader with nothing but a list of messages between them. */
function pair(bound: number, lossy = true) {
  clock.now = 10_000;
  const source = new Source();
  const values: number[] = [];
  const sent: (Message | Uint8Array)[] = [];
  const words = (): Message[] => sent.flatMap((one) => (one instanceof Uint8Array ? [] : [one]));
  const outlet = { buffered: 0, lossy, say: (message: Message) => void sent.push(message), sendFrame: (bytes: Uint8Array) => void sent.push(bytes) };
  const sender = new Sender(source.log, outlet, () => clock.now);
  const track = new Track({ onSchema: () => {}, onColumns: (columns) => values.push(...columns.flatMap((column) => [...column.values])), onSkip: () => {} });
  const reader = new Reader({ track, since: -1, hub: false, alone: () => true, now: () => clock.now, onEnded: () => {}, send: () => {} });
  sender.read({ ...reader.read(), bound }, {});
  const deliver = (keep: (index: number) => boolean = () => true): void => {
    for (const [i, one] of sent.splice(0).entries()) {
      if (!keep(i)) continue;
      if (one instanceof Uint8Array) reader.take(one, true);
      else reader.hear(one);
    }
  };
  return { source, values, sent, words, outlet, sender, track, reader, deliver };
}

test("a sender waits while the path is full, and then sends the newest first", () => {
  const p = pair(2000);
  p.deliver();
  p.outlet.buffered = 5000; // nothing leaves
  for (let i = 0; i < 50; i++) {
    clock.now += 100;
    p.source.make(1);
  }
  assert.deepEqual(p.sent, []);
  p.outlet.buffered = 0;
  p.sender.pump();
  p.deliver();
  const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
  assert.deepEqual(p.values, [49, ...from(0, 48)]);
  assert.deepEqual([p.track.skipped, p.track.counts.late], [0, 49]);
  p.sender.close();
});

test("a sender sends small lost frames again, and asks of a full hub what is wanted besides", () => {
  const p = pair(2000);
  p.deliver();
  p.source.make(3);
  p.deliver((i) => i !== 1);
  assert.deepEqual([p.values, p.track.skipped], [[0, 2], 1]);
  p.sender.read({ type: "read", spans: [{ first: 2, last: 3 }] }, {});
  p.deliver();
  assert.deepEqual([p.values, p.track.skipped, p.track.counts.repeated], [[0, 2, 1], 0, 1]);
  p.source.make(1); // while frames get lost each goes with the next one, too
  assert.deepEqual(p.sent, [p.source.frame(5), p.source.frame(4)]);
  p.deliver();
  clock.now += 10_000;
  p.source.make(1);
  assert.deepEqual(p.sent, [p.source.frame(6)]);
  p.deliver();
  p.source.log.end();
  assert.deepEqual(p.words().map(({ type }) => type), ["ended"]);
  p.sender.close();

  const hub = pair(2000, false);
  hub.deliver();
  hub.source.make(3);
  hub.sent.splice(0);
  hub.sender.read({ type: "read", spans: [{ first: 2, last: 2 }] }, {});
  assert.deepEqual(hub.sent, [hub.source.frame(2)]);
  hub.sent.splice(0);
  hub.sender.read({ type: "read", since: -1, before: 3 }, {});
  const from = hub.words().find(({ type }) => type === "from");
  assert.ok(from?.type === "from" && from.position?.seq === 0 && from.before === 3);
  assert.deepEqual(hub.sent.slice(1), [hub.source.frame(1), hub.source.frame(2)]);
  hub.sender.close();
});

test("no more than 1 MiB is sent and not taken", () => {
  const p = pair(0);
  const batch = new Batch();
  for (let i = 0; i < 3000; i++) batch.add(0, 1e15 + i * i, i);
  for (let i = 0; i < 60; i++) p.source.log.append(batch);
  const bytes = (): number => p.sent.reduce((sum, one) => sum + (one instanceof Uint8Array ? one.length : 0), 0);
  const before = bytes();
  assert.ok(before > 1 << 20 && before < (1 << 20) + 61_440);
  p.sender.ack({ type: "ack", taken: before });
  assert.ok(bytes() > before);
  p.sender.close();
});

test("a beat may get lost while frames do, unless the path is full", () => {
  const p = pair(2000);
  p.deliver();
  p.source.make(3);
  assert.equal(p.sender.mayLose(), false);
  p.deliver((i) => i !== 1);
  p.sender.read({ type: "read", spans: [{ first: 2, last: 3 }] }, {});
  assert.equal(p.sender.mayLose(), true);
  clock.now += 500;
  assert.equal(p.sender.mayLose(), false, "with no frame in the last 500 ms");
  p.source.make(1);
  assert.equal(p.sender.mayLose(), true);
  p.outlet.buffered = 5000;
  p.source.make(1);
  clock.now += 300;
  assert.equal(p.sender.mayLose(), false, "with no room for 300 ms");
  p.sender.close();
});
