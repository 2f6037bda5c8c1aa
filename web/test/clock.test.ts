import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "../src/clock";
import { Flow } from "../src/flow";
import { Refetch } from "../src/refetch";
import { retryWait } from "../src/session";

test("a clock is measured whatever its offset, by the shortest round trip", () => {
  for (const ahead of [0, 3 * 3600e6, -3 * 3600e6]) {
    let now = 1.79e15; // µs here
    const here = new Clock(() => now);
    const there = new Clock(() => now + ahead);
    assert.equal(here.measured, undefined);
    for (let i = 0; i < 20; i++) {
      const queue = (i % 4) * 50e3;
      const beat = there.stamp();
      now += 40e3 + queue;
      here.hear(beat);
      now += 7e3;
      const ack = here.stamp();
      now += 40e3;
      there.hear(ack);
      now += 400e3;
    }
    for (const [clock, want] of [[here, ahead], [there, -ahead]] as const) {
      assert.ok(clock.measured !== undefined && Math.abs(clock.measured.ahead - want) < 2, String(clock.measured?.ahead));
      assert.ok(Math.abs(clock.measured.trip - 80e3) < 2);
    }
    const sent = now + ahead;
    now += 123e3;
    assert.ok(Math.abs((here.way(sent) ?? NaN) - 123e3) < 2);
  }
});

test("measurements that a clock has been set between do not count together", () => {
  let now = 1e15;
  let ahead = 0;
  const here = new Clock(() => now);
  const cross = (trip: number) => here.hear({ time: (now += trip / 2) + ahead, echo: now - trip / 2, held: -trip / 2 });
  cross(1e3);
  ahead = 5e6;
  cross(30e3);
  assert.ok(Math.abs((here.measured?.ahead ?? 0) - 5e6) < 20e3);
  here.hear({ time: now, echo: now + 5e6 }); // from the future: not a measurement
  assert.ok(Math.abs((here.measured?.ahead ?? 0) - 5e6) < 20e3);
});

test("lost frames are asked for at once, again after 1.25 round trips, and later every second", () => {
  const refetch = new Refetch();
  const missing = [{ first: 5, last: 6 }];
  assert.equal(refetch.next, undefined);
  const asked: number[] = [];
  for (let now = 1000; now < 4000; now++) if (refetch.due(now, missing, 9, 80).length > 0) asked.push(now);
  assert.deepEqual(asked, [1000, 1100, 1200, 1300, 1400, 2400, 3400]);
  assert.equal(refetch.next, 4400);
  assert.deepEqual(refetch.due(4000, [], 9, 80), []); // all have come
  assert.equal(refetch.next, undefined);
  assert.deepEqual(refetch.due(5000, missing, 9, 4), missing);
  assert.equal(refetch.next, 5060); // 60 ms at the least
  assert.deepEqual(refetch.due(5060, [{ first: 6, last: 6 }], 9, 4), [{ first: 6, last: 6 }]);
});

test("what a beat tells of may just be slower than the beat, and the newest are asked for first", () => {
  const refetch = new Refetch();
  const behind = [{ first: 10, last: 12 }];
  assert.deepEqual([refetch.due(1000, behind, 9, 4), refetch.next], [[], 1020]);
  assert.deepEqual(refetch.due(1020, behind, 9, 4), behind);
  assert.deepEqual(new Refetch().due(0, [{ first: 1, last: 500 }, { first: 600, last: 600 }], 700, 4), [{ first: 246, last: 500 }, { first: 600, last: 600 }]);
});

test("a flow finds out how much may wait, and keeps what waits young", () => {
  let now = 0;
  const flow = new Flow(() => now);
  assert.ok(flow.brisk(0, 20));
  flow.sent(3000, true);
  assert.ok(!flow.brisk(3000, 20)); // over two packets at the beginning
  now += 30;
  assert.ok(flow.brisk(0, 20)); // gone quickly: twice as much may wait
  flow.sent(4800, true);
  assert.ok(flow.brisk(4800, 20));
  now += 91; // and too old by now
  assert.ok(!flow.brisk(4800, 20));
  now += 200;
  assert.ok(flow.brisk(0, 20)); // slow: half
  flow.sent(2500, true);
  assert.ok(!flow.brisk(2500, 20));
  now += 5;
  assert.ok(flow.brisk(0, 20)); // very quickly: four times as much
  flow.sent(9600, true);
  assert.ok(flow.brisk(9600, 20));

  assert.ok(!flow.full);
  flow.sent(1 << 20, true);
  assert.ok(flow.full);
  flow.take(19_900);
  assert.ok(!flow.full);
  flow.take(99e9); // more than was sent: of another reading
  flow.sent(1 << 20, true);
  assert.ok(flow.full);
});

test("waits between tries are half to the whole of a quarter of the time away", () => {
  assert.deepEqual([retryWait(0, 0), retryWait(0, 1)], [125, 250]);
  assert.deepEqual([retryWait(8000, 0), retryWait(8000, 1)], [1000, 2000]);
  assert.deepEqual([retryWait(3600e3, 0), retryWait(3600e3, 1)], [5000, 10_000]);
});
