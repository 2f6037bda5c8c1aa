import assert from "node:assert/strict";
import { test } from "node:test";
import type { Readings } from "../src/planes/even";
import { correlation, extentOf, pairsOf } from "../src/planes/pairs";
import { draws } from "./draws";

const ALL = 1e6;

function readings(times: readonly number[], value: (time: number, i: number) => number): Readings {
  return { times: Float64Array.from(times), values: Float64Array.from(times, value) };
}

function every(step: number, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}

test("series that share their times are paired as they are", () => {
  const times = every(1e3, 1000);
  const { x, y, paired } = pairsOf(readings(times, (_, i) => i), readings(times, (_, i) => -i), ALL);
  assert.ok(paired);
  assert.equal(x.length, 1000);
  x.forEach((one, i) => assert.ok(one === i && y[i] === -i));
});

test("the newest pairs are kept, the oldest of them first", () => {
  const times = every(1e3, 1000);
  const { x, y } = pairsOf(readings(times, (_, i) => i), readings(times, (_, i) => 2 * i), 10);
  assert.deepEqual([...x], every(1, 10, 990));
  assert.deepEqual([...y], every(2, 10, 1980));
});

test("other times are met on the line between neighbours, at the times of the series that has fewer", () => {
  const { whole } = draws(1);
  for (let round = 0; round < 100; round++) {
    // Both tell their own time, so every pair must be of one time.
    const one = readings(every(whole(1, 2e4), whole(2, 500), whole(0, 5e4)), (time) => time);
    const two = readings(every(whole(1, 2e4), whole(2, 500), whole(0, 5e4)), (time) => 7 - 3 * time);
    const { x, y } = pairsOf(one, two, ALL);
    assert.ok(x.length <= Math.min(one.times.length, two.times.length));
    x.forEach((value, i) => assert.ok(Math.abs(y[i]! - (7 - 3 * value)) < 1e-6 * (1 + 3 * value)));
    for (let i = 1; i < x.length; i++) assert.ok(x[i]! > x[i - 1]!);
    const from = Math.max(one.times[0]!, two.times[0]!);
    const to = Math.min(one.times.at(-1)!, two.times.at(-1)!);
    const base = two.times.length < one.times.length ? two : one;
    assert.equal(x.length, base.times.filter((time) => time >= from && time <= to).length, "all within both, and no other");
  }
});

test("swapping the series swaps the pairs", () => {
  const { whole, real } = draws(2);
  for (let round = 0; round < 50; round++) {
    const one = readings(every(whole(1, 2e4), whole(2, 300)), () => real(0, 1));
    const two = readings(every(whole(1, 2e4), one.times.length + 1), () => real(0, 1));
    const [a, b] = [pairsOf(one, two, 100), pairsOf(two, one, 100)];
    assert.deepEqual([a.x, a.y], [b.y, b.x]);
  }
});

test("no pair is made across a gap", () => {
  const gap = (time: number): boolean => time > 1e6 && time < 3e6;
  const one = readings(every(10e3, 500), (time) => time);
  const two = readings(every(10e3, 500, 3).filter((time) => !gap(time)), (time) => time);
  const { x, y, paired } = pairsOf(one, two, ALL);
  assert.ok(!paired);
  assert.ok(x.length > 250 && !x.some((time) => time > 1e6 + 1e4 && time < 3e6 - 1e4));
  x.forEach((time, i) => assert.ok(Math.abs(time - y[i]!) < 1e-6));
});

test("what is no number makes no pair", () => {
  const times = every(1e3, 100);
  const { x } = pairsOf(readings(times, (_, i) => (i % 2 === 0 ? NaN : i)), readings(times, (_, i) => (i % 3 === 0 ? NaN : i)), ALL);
  assert.deepEqual([...x], times.map((_, i) => i).filter((i) => i % 2 !== 0 && i % 3 !== 0));
});

test("nothing pairs with nothing, and one reading with one of its time only", () => {
  const none = readings([], () => 0);
  const one = readings([5], () => 1);
  assert.equal(pairsOf(none, none, ALL).x.length, 0);
  assert.equal(pairsOf(none, one, ALL).x.length, 0);
  assert.equal(pairsOf(one, none, ALL).x.length, 0);
  assert.equal(pairsOf(one, readings([6], () => 1), ALL).x.length, 0);
  assert.deepEqual([...pairsOf(one, readings([5], () => 2), ALL).y], [2]);
});

test("correlation and extents are what they are called", () => {
  const times = every(1e3, 1000);
  const up = readings(times, (_, i) => 5 + i);
  const down = readings(times, (_, i) => 3 - 0.1 * i);
  const turn = (shift: number) => readings(times, (_, i) => Math.sin((2 * Math.PI * i) / 100 + shift));
  assert.ok(Math.abs(correlation(pairsOf(up, up, ALL)) - 1) < 1e-9);
  assert.ok(Math.abs(correlation(pairsOf(up, down, ALL)) + 1) < 1e-9);
  assert.ok(Math.abs(correlation(pairsOf(turn(0), turn(Math.PI / 2), ALL))) < 1e-9);
  assert.ok(Number.isNaN(correlation(pairsOf(up, readings(times, () => 1), ALL))));
  assert.deepEqual(extentOf(up.values), [5, 1004]);
  assert.deepEqual(extentOf(new Float64Array(0)), [Infinity, -Infinity]);
});
