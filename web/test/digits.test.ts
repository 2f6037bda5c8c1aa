import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceText, exactSpanText, numberOf, spanOf, spanText, timeText, valueText } from "../src/plot/digits";

test("values keep whole numbers whole and six digits of others", () => {
  const cases: [number, string][] = [[0, "0"], [3, "3"], [12.5, "12.5"], [-1.5, "−1.5"], [1234567, "1,234,567"], [1 / 3, "0.333333"], [123456.789, "123,456.8"], [NaN, "–"], [1e-7, "1.0000e-7"], [-2e15, "−2.0000e15"]];
  for (const [value, text] of cases) assert.equal(valueText(value), text);
  assert.equal(differenceText(2), "+2");
  assert.equal(differenceText(-2), "−2");
});

test("spans of time are told, and read as they are told", () => {
  const cases: [number, string][] = [[10e6, "10 s"], [12_345_678, "12.3 s"], [250e3, "250 ms"], [90e6, "1 min 30 s"], [60e6, "1 min"], [3600e6, "1 h"], [5400e6, "1 h 30 min"], [59.99e6, "60 s"], [119.9e6, "2 min"], [3, "3 µs"]];
  for (const [micros, text] of cases) assert.equal(spanText(micros), text);
  for (const micros of [10e6, 250e3, 90e6, 5400e6, 3]) assert.equal(spanOf(spanText(micros)), micros);
  assert.equal(spanOf("10"), 10e6);
  assert.equal(spanOf("2,5 min"), 150e6);
  assert.equal(spanOf("2m"), 120e6);
  for (const bad of ["", "soon", "10 x", "-5", "1..2 s", "s"]) assert.ok(Number.isNaN(spanOf(bad)), bad);
  assert.equal(exactSpanText(-1_234_567), "−1.23457 s");
});

test("what is no number is told from what is nothing", () => {
  assert.equal(numberOf(" "), undefined);
  assert.equal(numberOf("1,5"), 1.5);
  assert.equal(numberOf("−2"), -2);
  assert.equal(numberOf("1e3"), 1000);
  for (const bad of ["x", "1-2", "--1", "."]) assert.ok(Number.isNaN(numberOf(bad)), bad);
});

test("times have the digits that the window needs", () => {
  const at = Date.UTC(2024, 0, 2, 3, 4, 5) * 1e3 + 678_901;
  assert.equal(timeText(at, "utc", 0, 10e6), "03:04:05.678");
  assert.equal(timeText(at, "utc", 0, 10e3), "03:04:05.678901");
  assert.equal(timeText(at, "utc", 0, 3600e6), "03:04:05");
  assert.equal(timeText(at, "utc", 0, 2 * 86400e6), "2024-01-02 03:04:05");
  assert.equal(timeText(at, "start", at - 62_500_000, 10e6), "1:02.500");
});
