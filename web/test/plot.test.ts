import assert from "node:assert/strict";
import { test } from "node:test";
import { Gaps } from "../src/plot/gaps";
import { Schedule } from "../src/schedule";
import { assignLanes } from "../src/plot/lanes";
import { numberLabel, numberTicks, timeLabel, timeTicks } from "../src/plot/axis";
import { Arrivals } from "../src/plot/arrival";

test("a gap closes when the frames that it lacks have come, and stays where they do not", () => {
  const gaps = new Gaps();
  gaps.open(100, { first: 5, last: 8 });
  assert.ok(gaps.between(100, 200) && gaps.between(90, 101) && !gaps.between(80, 100) && !gaps.between(200, 300));
  gaps.fill(7, 170); // whose readings are at 160 and 170
  assert.ok(gaps.between(100, 160) && !gaps.between(160, 170) && gaps.between(170, 200));
  gaps.fill(8, 190);
  assert.ok(gaps.between(100, 160) && !gaps.between(170, 180));
  gaps.fill(5, 120);
  assert.ok(!gaps.between(100, 110) && gaps.between(120, 160));
  gaps.fill(6, -Infinity); // without readings
  assert.equal(gaps.count, 0);
  gaps.open(300, { first: 12, last: 13 });
  gaps.open(400, undefined); // a new log, in which the numbers begin anew
  gaps.fill(12, 350);
  assert.ok(gaps.between(290, 310) && gaps.between(400, 410));
  gaps.prune(350);
  assert.ok(!gaps.between(290, 310) && gaps.between(400, 410));
});
test("a schedule keeps the average rate whatever the ticks are", () => {
  let now = 1_700_000_000_000_000.4;
  const s = new Schedule(now, 1);
  const start = s.next;
  let n = 0,
    last = start - 1000;
  for (let i = 0; i < 5000; i++) {
    now += Math.random() * 60_000;
    const d = s.due(now);
    for (const t of d.times) {
      assert.equal(t, last + 1000);
      last = t;
    }
    n += d.times.length;
    assert.equal(d.asleep, 0);
  }
  assert.equal(n, Math.floor((now - start) / 1000) + 1);
  const d = s.due(now + 3600e6);
  assert.ok(d.asleep > 3599e3 && d.times.length === 1);
  s.change(now + 3600e6, 200);
  assert.equal(s.due(now + 3600e6).times.length, 0);
  assert.equal(s.due(now + 3600e6 + 200_000).times.length, 1);
});
test("lanes", () => {
  const m = (unit: string, low: number, high: number) => ({ unit, low, high });
  assert.deepEqual(
    assignLanes([m("V", 0, 1), m("A", 0, 1), m("V", 1e6, 2e6)], []).map((l) => l.series),
    [[0, 2], [1]],
  );
  assert.deepEqual(
    assignLanes([m("", 1, 100), m("", 1, 100), m("", 8e6, 8.001e6), m("", 0, 0), m("", Infinity, -Infinity)], []).map((l) => l.series),
    [[0, 1, 3], [2]],
  );
  const before = assignLanes([m("", 0, 100), m("", 0, 10)], []);
  assert.deepEqual(
    before.map((l) => l.series),
    [[0, 1]],
  );
  assert.deepEqual(
    assignLanes([m("", 0, 100), m("", 0, 2)], before).map((l) => l.series),
    [[0, 1]],
  );
  assert.deepEqual(
    assignLanes([m("", 0, 100), m("", 0, 1)], before).map((l) => l.series),
    [[0], [1]],
  );
  const apart = assignLanes([m("", 0, 100), m("", 0, 1)], before);
  assert.deepEqual(
    assignLanes([m("", 0, 100), m("", 0, 6)], apart).map((l) => l.series),
    [[0], [1]],
  );
  assert.deepEqual(
    assignLanes([m("", 0, 100), m("", 0, 50)], apart).map((l) => l.series),
    [[0, 1]],
  );
});
test("ticks and labels", () => {
  for (let i = 0; i < 20_000; i++) {
    const low = (Math.random() - 0.5) * 10 ** (Math.random() * 40 - 20),
      high = low + Math.abs(low || 1) * 10 ** (Math.random() * 20 - 14);
    if (!(high > low)) continue;
    const t = numberTicks(low, high, 6);
    assert.ok(t.at.length <= 14, `${low} ${high} ${t.at.length}`);
    const labels = t.at.map((v) => numberLabel(v, t.step, Math.max(Math.abs(low), Math.abs(high))));
    if ((high - low) / Math.abs(low) > 1e-7) assert.equal(new Set(labels).size, labels.length, labels.join(" "));
  }
  const label = (v: number, s: number, m = Math.abs(v)) => numberLabel(v, s, m);
  assert.equal(label(8125000, 1000), "8,125,000");
  assert.equal(label(5e6, 1e6), "5M");
  assert.equal(label(-12.5, 0.5), "−12.5");
  assert.equal(label(20000, 5000), "20k");
  assert.equal(label(1e-6, 2e-7, 1e-6), "1.0e-6".replace("-6", "-6"));
  for (const span of [10, 1e3, 6e4, 1e6, 1e7, 6e7, 3e8, 3.6e9, 9e10, 3e13]) {
    const t = timeTicks(1.79e15, 1.79e15 + span, 6);
    assert.ok(t.at.length >= 1 && t.at.length <= 13, `${span}: ${t.at.length}`);
    const l = t.at.map((x) => timeLabel(x, t.step));
    assert.equal(new Set(l).size, l.length);
  }
});
test("arrivals put a wrong clock right, believe a backfill, and wait as long as frames are apart", () => {
  for (const skew of [0, -86400e6, 86400e6]) {
    const a = new Arrivals();
    let now = 1.79e15;
    for (let i = 0; i < 100; i++) {
      now += 200e3;
      a.take(now + skew - 14e3 - Math.random() * 3e3, now);
    }
    const o = a.guess(1e7);
    assert.ok(Math.abs(o + skew - 14e3) < 3e3, String(o));
    assert.ok(a.delay() > 195e3 && a.delay() < 240e3, String(a.delay()));
  }
  const b = new Arrivals();
  b.take(1.79e15 - 5e6, 1.79e15);
  assert.equal(b.guess(1e7), 0);
  assert.equal(b.guess(4e6), 5e6);
});
