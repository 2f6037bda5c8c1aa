import assert from "node:assert/strict";
import { test } from "node:test";
import { Columns } from "../src/plot/columns";
import { Gaps } from "../src/plot/gaps";
import { Joins } from "../src/plot/joins";
import { type Ground, Raster, type Stroke, wordOf } from "../src/plot/raster";
import { spans } from "../src/plot/spans";
import { Store } from "../src/plot/store";

/** What the raster needs of a canvas' image. */
class Image {
  readonly data: Uint8ClampedArray;
  constructor(readonly width: number, readonly height: number) {
    this.data = new Uint8ClampedArray(4 * width * height);
  }
}
Object.assign(globalThis, { ImageData: Image });

/** Puts images on an array of words. */
class Screen {
  readonly words: Uint32Array;
  constructor(readonly width: number, readonly height: number) {
    this.words = new Uint32Array(width * height);
  }
  putImageData(image: Image, x: number, y: number, left: number, top: number, width: number, height: number): void {
    const from = new Uint32Array(image.data.buffer);
    for (let row = top; row < top + height; row++) for (let c = left; c < left + width; c++) this.words[(y + row) * this.width + x + c] = from[row * image.width + c]!;
  }
  column(x: number): number[] {
    return Array.from({ length: this.height }, (_, y) => this.words[y * this.width + x]!);
  }
}

const paper = wordOf("#ffffff");
const ink = wordOf("#0072b2");
const ground: Ground = { colour: paper, grid: wordOf("#e6ebee"), rows: [], column: () => false };

function painted(raster: Raster, from: number, to: number, stroke: (c: number) => [number, number]): Screen {
  const tops = new Float64Array(to - from + 2 * raster.reach);
  const bottoms = new Float64Array(tops.length);
  for (let i = 0; i < tops.length; i++) [tops[i], bottoms[i]] = stroke(from - raster.reach + i) as [number, number];
  const strokes: Stroke[] = [{ tops, bottoms, colour: ink, dashes: [] }];
  raster.paint(from, to, ground, strokes);
  const screen = new Screen(raster.width, raster.height);
  raster.put(screen as unknown as CanvasRenderingContext2D, 0, 0, to - raster.width);
  return screen;
}

/** How much ink is in a column, in pixels. */
function inkIn(column: readonly number[]): number {
  return column.reduce((sum, word) => sum + (0xff - (word & 0xff)) / 0xff, 0);
}

for (const width of [1.6, 3.2]) {
  test(`a level line is ${width} pixels wide, wherever it is`, () => {
    for (const y of [20, 20.25, 20.5, 20.99]) {
      const screen = painted(new Raster(50, 60, width), 1000, 1050, () => [y, y]);
      for (let x = 0; x < 50; x++) assert.ok(Math.abs(inkIn(screen.column(x)) - width) < 0.05, `${y}: ${inkIn(screen.column(x))}`);
    }
  });
  test(`an upright line is ${width} pixels wide`, () => {
    const screen = painted(new Raster(50, 60, width), 1000, 1050, (c) => (c === 1025 ? [5, 55] : [NaN, NaN]));
    const row = Array.from({ length: 50 }, (_, x) => screen.column(x)[30]!);
    assert.ok(Math.abs(inkIn(row) - width) < 0.25, `${inkIn(row)}`);
  });
}

test("the ring shows what is new in its place, and the rest where it was", () => {
  const raster = new Raster(40, 30, 1.6);
  const wave = (c: number): [number, number] => [15 + 10 * Math.sin(c / 5), 15 + 10 * Math.sin(c / 5)];
  let screen = painted(raster, 960, 1000, wave);
  for (let next = 1003; next < 1200; next += 3) screen = painted(raster, next - 3, next, wave);
  const whole = painted(new Raster(40, 30, 1.6), 1158, 1198, wave);
  assert.deepEqual(raster.missing(1158, 1198), [1198, 1198]);
  assert.deepEqual(screen.words, whole.words);
  raster.touch(1170, 1172);
  assert.deepEqual(raster.missing(1158, 1198), [1170, 1172]);
});

test("all columns painted at once look as they do one by one, with a grid and dashes", () => {
  const behind = (from: number): Ground => ({ ...ground, rows: [3, 17], column: (i) => (from + i) % 7 === 0 });
  const strokes = (raster: Raster, from: number, to: number): Stroke[] =>
    [8, 20].map((middle, k) => {
      const at = Float64Array.from({ length: to - from + 2 * raster.reach }, (_, i) => middle + 9 * Math.sin((from - raster.reach + i) / 3));
      return { tops: at, bottoms: at.map((y, i) => (i % 11 === 0 ? NaN : y + 2)), colour: wordOf(k === 0 ? "#d55e00" : "#0072b2"), dashes: k === 0 ? [6, 4] : [] };
    });
  const picture = (raster: Raster): Uint32Array => {
    const screen = new Screen(raster.width, raster.height);
    raster.put(screen as unknown as CanvasRenderingContext2D, 0, 0, 1000);
    return screen.words;
  };
  for (const start of [1000, 1013, -17]) {
    const [whole, parts] = [new Raster(40, 30, 3.2), new Raster(40, 30, 3.2)];
    const all = strokes(whole, start, start + 40);
    whole.paint(start, start + 40, behind(start), all);
    for (let c = start; c < start + 40; c++) {
      const cut = (heights: Float64Array): Float64Array => heights.slice(c - start, c - start + 1 + 2 * parts.reach);
      parts.paint(c, c + 1, behind(c), all.map((stroke) => ({ ...stroke, tops: cut(stroke.tops), bottoms: cut(stroke.bottoms) })));
    }
    assert.deepEqual(picture(whole), picture(parts), `from ${start}`);
    assert.ok(picture(whole).includes(ground.grid) && picture(whole).includes(wordOf("#d55e00")) && picture(whole).includes(wordOf("#0072b2")));
  }
});

test("a line reaches from reading to reading, not over a gap or a silence", () => {
  const store = new Store();
  store.grow(1);
  const archive = store.archives[0]!;
  const gaps = new Gaps();
  const trace = { archive, columns: new Columns(archive), joins: new Joins(archive, gaps) };
  const times = [0, 1e6, 2e6, 3e6, 30e6, 31e6, 32e6, 33e6, 34e6, 35e6, 36e6, 37e6];
  archive.take(times, times.map((_, i) => i), times.length);
  gaps.open(34.2e6, { first: 5, last: 6 });
  trace.columns.fit(250e3, 256);
  const lows = new Float64Array(160);
  const highs = new Float64Array(160);
  spans(trace, 0, 160, lows, highs);
  const drawn = (seconds: number): boolean => !Number.isNaN(lows[seconds * 4]);
  assert.ok(drawn(0) && drawn(1.5) && drawn(3));
  assert.ok(!drawn(3.5) && !drawn(20) && !drawn(29.5));
  assert.ok(drawn(30) && drawn(33.5));
  assert.ok(!drawn(34.5) && drawn(35) && drawn(36.5) && !drawn(37.5));
  assert.ok(Math.abs(lows[6]! - 1.5) < 1e-9 && Math.abs(highs[6]! - 1.75) < 1e-9); // the line itself, from 1.5 s to 1.75 s
});

test("of readings that are no longer raw, a line reaches no further than they did", () => {
  const store = new Store();
  store.grow(1);
  const archive = store.archives[0]!;
  const trace = { archive, columns: new Columns(archive), joins: new Joins(archive, new Gaps()) };
  const step = 4; // µs: a slice is no part of a column
  const times = new Float64Array(4096);
  for (let from = 0; from < 3 << 19; from += times.length) {
    for (let i = 0; i < times.length; i++) times[i] = (from + i) * step;
    archive.take(times, times.map((_, i) => i % 2), times.length);
    store.trim();
  }
  assert.ok(archive.rawOldest > archive.oldest);
  const [lows, highs] = [new Float64Array(200), new Float64Array(200)];
  trace.columns.fit(8333, 256);
  spans(trace, 0, 200, lows, highs);
  assert.deepEqual([Math.min(...lows), Math.max(...highs)], [0, 1]);
});
