import assert from "node:assert/strict";
import { test } from "node:test";
import type { Archive } from "../src/plot/archive";
import { CHUNK, slab } from "../src/plot/chunk";
import { Columns } from "../src/plot/columns";
import { Store } from "../src/plot/store";
import { Summary } from "../src/plot/summary";

/** Random numbers that are the same each time. */
function dice(seed: number): (below: number) => number {
  return (below) => (seed = (seed * 48271) % 2147483647) % below;
}

function archiveOf(series = 1): { store: Store; archive: Archive } {
  const store = new Store();
  store.grow(series);
  return { store, archive: store.archives[0]! };
}

type Reading = [time: number, value: number];

/** What a stretch should be by the readings themselves. */
function expected(model: readonly Reading[], from: number, to: number): Summary {
  const sum = new Summary();
  const inside = model.filter(([time]) => time >= from && time < to);
  sum.scan(Float64Array.from(inside, ([time]) => time), Float64Array.from(inside, ([, value]) => value), 0, inside.length, model[0]?.[1] ?? 0);
  return sum;
}

function same(got: Summary, want: Summary, what: string): void {
  assert.deepEqual([got.count, got.low, got.high, got.firstTime, got.lastTime], [want.count, want.low, want.high, want.firstTime, want.lastTime], what);
  assert.ok(Math.abs(got.sum - want.sum) <= 1e-6 * (1 + Math.abs(want.sum)), what);
}

test("readings that come in order, late or at once stand in the order of their times", () => {
  const random = dice(7);
  const { archive } = archiveOf();
  let model: Reading[] = [];
  let time = 0;
  for (let round = 0; round < 500; round++) {
    const late = random(3) === 0;
    let next = late ? random(time + 1) - random(50) : time + 1;
    const frame: Reading[] = Array.from({ length: 1 + random(400) }, () => [(next += random(4)), random(1000)]);
    archive.take(frame.map(([t]) => t), frame.map(([, v]) => v), frame.length);
    // What is held counts as older at equal times.
    model = [...model.map((r) => [r, 0] as const), ...frame.map((r) => [r, 1] as const)].sort(([a, i], [b, j]) => a[0] - b[0] || i - j).map(([r]) => r);
    time = model.at(-1)![0];
    if (round % 50 !== 0) continue;
    const { times, values } = archive.readings(-Infinity, Infinity);
    assert.deepEqual([...times], model.map(([t]) => t));
    assert.deepEqual([...values], model.map(([, v]) => v));
    const from = random(time);
    const to = from + random(time - from) + 1;
    same(archive.gather(from, to, new Summary()), expected(model, from, to), `${round}`);
    assert.equal(archive.before(from)?.time, model.findLast(([t]) => t < from)?.[0]);
    assert.equal(archive.after(from)?.time, model.find(([t]) => t >= from)?.[0]);
  }
  assert.equal(archive.count, model.length);
});

test("every column has the extent of its raw readings, whenever they came and whatever the zoom", () => {
  const random = dice(11);
  for (let round = 0; round < 20; round++) {
    const { archive } = archiveOf();
    const columns = new Columns(archive);
    const start = 1.79e15 + random(1e9);
    const model: Reading[] = [];
    let time = start;
    for (let frame = 0; frame < 20; frame++) {
      if (random(4) === 0) columns.fit([1e3, 12_345, 10_000 / 3, 77_777.7][random(4)]!, 500);
      const late = model.length > 0 && random(4) === 0;
      let at = late ? start + random(time - start + 1) : time;
      const batch: Reading[] = Array.from({ length: 1 + random(600) }, () => [(at += random(2000)), random(50) === 0 ? random(1e9) : random(100)]);
      archive.take(batch.map(([t]) => t), batch.map(([, v]) => v), batch.length);
      columns.touch(batch[0]![0], batch.at(-1)![0]);
      model.push(...batch);
      time = Math.max(time, at);
      columns.fit(12_345, 500);
      const last = Math.floor(time / columns.width);
      const inside = new Map<number, number[]>(); // values by column
      for (const [t, v] of model) inside.set(Math.floor(t / columns.width), [...(inside.get(Math.floor(t / columns.width)) ?? []), v]);
      for (let c = last - 400; c <= last; c++) {
        const got = new Summary();
        columns.gather(c, c + 1, got);
        const values = inside.get(c) ?? [];
        assert.ok(got.count === values.length && got.low === Math.min(...values) && got.high === Math.max(...values), `column ${c}`);
      }
    }
  }
});

test("no spike is lost when readings become slices, and sums stay what they were", () => {
  const { store, archive } = archiveOf();
  const count = 6_000_000;
  const batch = 4000;
  const times = new Float64Array(batch);
  const values = new Float64Array(batch);
  let sum = 0;
  for (let i = 0; i < count; i += batch) {
    for (let k = 0; k < batch; k++) {
      times[k] = (i + k) * 10;
      values[k] = i + k === 123_456 ? 1e6 : i + k === 3_000_001 ? -1e6 : Math.sin((i + k) / 1000);
      sum += values[k]!;
    }
    archive.take(times, values, batch);
    store.trim();
  }
  assert.ok(store.count <= 1 << 20 && store.count > 1e6, `${store.count} raw readings`);
  const all = archive.gather(-Infinity, Infinity, new Summary());
  assert.equal(all.count, count);
  assert.equal(archive.oldest, 0);
  assert.ok(Math.abs(all.sum + all.count * archive.base - sum) < 1e-3);
  // A thousand columns over all of it: the spikes are in their own column, or in one beside it.
  const columns = new Columns(archive);
  columns.fit((count * 10) / 1000, 1000);
  const highs: number[] = [];
  const lows: number[] = [];
  for (let c = 0; c < 1000; c++) {
    const got = { low: Infinity, high: -Infinity };
    columns.widen(c, c + 1, got);
    if (got.high > 10) highs.push(c);
    if (got.low < -10) lows.push(c);
  }
  for (const [found, at] of [[highs, 123_456], [lows, 3_000_001]] as const) assert.ok(found.length >= 1 && found.length <= 2 && found.every((c) => Math.abs(c - at / 6000) <= 1.5), `${found}`);
});

test("a late reading that is older than all raw ones still counts in its slice", () => {
  const { store, archive } = archiveOf();
  for (let i = 0; i < 400; i++) {
    archive.take(Float64Array.from({ length: 4000 }, (_, k) => (i * 4000 + k) * 10), new Float64Array(4000), 4000);
    store.trim();
  }
  archive.take([5_000], [77], 1);
  assert.equal(archive.gather(0, 20_000, new Summary()).high, 77);
  assert.equal(archive.gather(-Infinity, Infinity, new Summary()).count, 400 * 4000 + 1);
});

test("history comes newest first, and what does not fit becomes slices in order", () => {
  const { store, archive } = archiveOf();
  const total = 2_000_000;
  for (let end = total; end > 0; end -= 1000) {
    archive.take(Float64Array.from({ length: 1000 }, (_, k) => end - 1000 + k), Float64Array.from({ length: 1000 }, (_, k) => end - 1000 + k), 1000);
    store.trim();
  }
  assert.equal(archive.gather(-Infinity, Infinity, new Summary()).count, total);
  assert.equal(archive.oldest, 0);
  assert.equal(archive.newest, total - 1);
  for (let from = 0; from < total; from += 100_000) {
    const got = archive.gather(from, from + 100_000, new Summary());
    assert.ok(got.low >= from - 5000 && got.high < from + 105_000, `${from}: ${got.low} to ${got.high}`);
  }
});

test("eight hours at 1,000 readings a second are held in bounded memory", () => {
  const { store } = archiveOf(4);
  const batch = 500;
  for (let i = 0; i < 8 * 3600 * 1000; i += batch) {
    const series = store.archives[(i / batch) % 4]!;
    series.take(Float64Array.from({ length: batch }, (_, k) => (i + k) * 1000), new Float64Array(batch).fill(i % 100), batch);
    store.trim();
  }
  store.trim();
  assert.ok(store.count <= 1 << 20);
  assert.ok(store.archives.every(({ oldest }) => oldest < 10e6)); // all of it can still be seen
});

test("memory is set aside in the first seconds for what an hour of the stream takes, and none for what it does not", () => {
  for (const { rate, hour } of [{ rate: 1000, hour: 1 << 20 }, { rate: 10, hour: 36_000 }]) {
    let made = 0;
    const store = new Store(() => {
      const chunks = slab();
      made += chunks.length;
      return chunks;
    });
    store.grow(4);
    const pass = (from: number, to: number): void => {
      for (let second = from; second < to; second++) {
        const times = Float64Array.from({ length: rate / 4 }, (_, k) => second * 1e6 + (k * 4e6) / rate);
        for (const archive of store.archives) archive.take(times, times, times.length);
        store.trim();
        store.reserve();
      }
    };
    pass(0, 600);
    const early = made;
    assert.ok(early * CHUNK < 1.1 * hour, `${early} chunks`);
    pass(600, 3600);
    assert.ok(made < early + 8, `${made} chunks, ${early} of them in the first minutes`);
  }
});
