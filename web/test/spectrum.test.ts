import assert from "node:assert/strict";
import { test } from "node:test";
import { evenly, type Even } from "../src/planes/even";
import { RealTransform } from "../src/planes/fft";
import { peakOf, spectrumOf } from "../src/planes/spectrum";
import { draws } from "./draws";

const LEAST = 8;

function sine(times: Float64Array, hertz: number, amplitude = 1, phase = 0, mean = 0): Float64Array {
  return times.map((t) => mean + amplitude * Math.sin((2 * Math.PI * hertz * (t - times[0]!)) / 1e6 + phase));
}

function steps(count: number, step: number, from = 1.7e15): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.round(from + i * step));
}

function even(times: Float64Array, values: Float64Array): Even {
  const made = evenly({ times, values }, LEAST);
  assert.ok(made !== undefined);
  return made;
}

function peak(made: Even) {
  return peakOf(spectrumOf(made.values, made.step));
}

function near(got: number | undefined, want: number, by: number, what: string): void {
  assert.ok(got !== undefined && Math.abs(got - want) <= by, `${what}: ${got}, want ${want} ± ${by}`);
}

test("a transform is what its definition says, at any size", () => {
  const { real } = draws(1);
  for (let size = 4; size <= 256; size *= 2) {
    const numbers = Float64Array.from({ length: size }, () => real(-1, 1));
    const { re, im } = new RealTransform(size).of(numbers);
    for (let k = 0; k <= size / 2; k++) {
      let [x, y] = [0, 0];
      numbers.forEach((value, i) => {
        x += value * Math.cos((2 * Math.PI * k * i) / size);
        y -= value * Math.sin((2 * Math.PI * k * i) / size);
      });
      near(re[k], x, 1e-11, `real part ${k} of ${size}`);
      near(im[k], y, 1e-11, `imaginary part ${k} of ${size}`);
    }
  }
});

test("a transform keeps the energy (Parseval), adds up, and takes what is missing as 0", () => {
  const { real, whole } = draws(2);
  for (let round = 0; round < 60; round++) {
    const size = 2 ** whole(2, 13);
    const transform = new RealTransform(size);
    const one = Float64Array.from({ length: size }, () => real(-1e3, 1e3));
    const other = Float64Array.from({ length: whole(0, size) }, () => real(-1e3, 1e3));
    const [a, b, sum] = [one, other, one.map((value, i) => value - 3 * (other[i] ?? 0))].map((numbers) => transform.of(numbers));
    const energy = one.reduce((all, value) => all + value * value, 0);
    const carried = a!.re.reduce((all, x, k) => all + (k === 0 || k === size / 2 ? 1 : 2) * (x * x + a!.im[k]! ** 2), 0) / size;
    near(carried / energy, 1, 1e-12, `energy at ${size}`);
    for (let k = 0; k <= size / 2; k++) near(sum!.re[k]! - (a!.re[k]! - 3 * b!.re[k]!) + sum!.im[k]! - (a!.im[k]! - 3 * b!.im[k]!), 0, 1e-6, `sum at ${k}`);
  }
});

test("sizes that are no power of two are refused", () => {
  for (const size of [0, 1, 2, 3, 6, 100, -8, NaN]) assert.throws(() => new RealTransform(size), RangeError);
});

test("a sine on a bin reads its amplitude there, and half of it next to it, as with any Hann window", () => {
  for (const [n, k] of [[256, 5], [1024, 100], [4096, 2047], [65536, 1234]] as const) {
    const values = Float64Array.from({ length: n }, (_, i) => 3 + 2.5 * Math.cos((2 * Math.PI * k * i) / n));
    const { amplitudes, spacing, resolution, mean } = spectrumOf(values, 1e3); // 1,000/s
    const at = Math.round(((k * 1000) / n) / spacing);
    const bin = Math.round(resolution / spacing);
    near(amplitudes[at], 2.5, 1e-9, "its amplitude");
    near(amplitudes[at - bin], 1.25, 1e-9, "the bin before");
    near(mean, 3, 1e-3, "the mean");
    near(amplitudes[0], 0, 1e-3, "0 Hz");
    near((amplitudes.length - 1) * spacing, 500, 1e-9, "the Nyquist frequency");
  }
});

test("the peak is a sine's frequency and amplitude, wherever they lie", () => {
  const { real, whole } = draws(3);
  for (let round = 0; round < 300; round++) {
    const n = whole(64, 5000);
    const step = real(10, 1e5);
    const rate = 1e6 / step;
    const hertz = (real(4, n / 2 - 4) * rate) / n;
    const amplitude = 10 ** real(-6, 6);
    const times = Float64Array.from({ length: n }, (_, i) => i * step);
    const found = peak(even(times, sine(times, hertz, amplitude, real(0, 7), amplitude * real(-9, 9))));
    near(found?.frequency, hertz, (0.05 * rate) / n, `frequency of ${n} readings`);
    near((found?.amplitude ?? 0) / amplitude, 1, 0.02, `amplitude of ${n} readings`);
  }
});

test("of several sines in noise the largest is the peak, and all have their amplitudes", () => {
  const { real } = draws(4);
  const times = steps(8192, 1e3);
  const parts = [[50, 1], [120, 4], [333, 0.25]] as const;
  const values = times.map((t) => parts.reduce((sum, [hertz, amplitude]) => sum + amplitude * Math.sin((2 * Math.PI * hertz * (t - times[0]!)) / 1e6), real(-0.5, 0.5)));
  const spectrum = spectrumOf(values, 1e3);
  const found = peakOf(spectrum);
  near(found?.frequency, 120, 0.02, "frequency");
  near(found?.amplitude, 4, 0.05, "amplitude");
  for (const [hertz, amplitude] of parts) {
    const at = Math.round(hertz / spectrum.spacing);
    near(Math.max(...spectrum.amplitudes.subarray(at - 2, at + 3)), amplitude, 0.1 * amplitude + 0.02, `${hertz} Hz`);
  }
});

test("a drift eight times as large hides no peak", () => {
  const times = steps(4000, 5e3);
  const values = sine(times, 7, 0.5).map((value, i) => value + 0.001 * i);
  near(peak(even(times, values))?.frequency, 7, 0.02, "frequency");
});

test("even readings are left as they are, also where times are rounded to microseconds", () => {
  const { real } = draws(5);
  for (const step of [1, 3.3333, 17.7, 1e3, 16666.667, 1e6]) {
    const times = steps(1000, step);
    const values = times.map(() => real(-1, 1));
    const made = even(times, values);
    assert.ok(!made.resampled && !made.parted, `step ${step}`);
    assert.deepEqual(made.values, values);
    near(made.step / step, 1, 1e-3, "step");
  }
});

test("uneven readings are put onto a grid, and their sine is found", () => {
  const { real } = draws(6);
  for (const jitter of [0.2, 0.5, 1]) {
    const times = steps(4000, 5e3).map((t) => t + Math.round(real(-jitter, jitter) * 2.4e3));
    const made = even(times, sine(times, 7, 2));
    assert.ok(made.resampled && !made.parted);
    near(made.step, 5e3, 100, "step");
    const found = peak(made);
    near(found?.frequency, 7, 0.05, "frequency");
    near(found?.amplitude, 2, 0.06, "amplitude");
  }
});

test("readings that are missing here and there are bridged", () => {
  const { whole } = draws(7);
  const all = steps(4000, 5e3);
  const times = all.filter((_, i) => i === 0 || whole(0, 9) > 0);
  const made = even(times, sine(times, 7, 2));
  assert.ok(made.resampled && !made.parted);
  near(peak(made)?.frequency, 7, 0.05, "frequency");
  near(peak(made)?.amplitude, 2, 0.06, "amplitude");
});

test("of a stream with a gap the longest part is taken, as it is", () => {
  const times = steps(4000, 5e3).filter((_, i) => i < 1000 || i > 1400);
  const values = times.map((_, i) => i);
  const made = even(times, values);
  assert.ok(made.parted && !made.resampled);
  assert.equal(made.readings, 2599);
  assert.equal(made.values[0], 1000);
});

test("bursts are no gaps: a grid goes over all of them", () => {
  const times = Float64Array.from({ length: 5000 }, (_, i) => 250e3 * Math.floor(i / 100) + 3 * (i % 100));
  const made = even(times, sine(times, 0.5));
  assert.ok(made.resampled && !made.parted);
  assert.ok(made.values.length < 10_000);
  near(peak(made)?.frequency, 0.5, 0.1, "frequency");
});

test("readings of one time are one, and what is no number is none", () => {
  const times = steps(100, 1e4);
  const twice = Float64Array.from({ length: 200 }, (_, i) => times[i >> 1]!);
  const made = even(twice, twice.map((_, i) => (i >> 1) + (i % 2 === 0 ? -1 : 1)));
  assert.deepEqual([...made.values], [...times.keys()]);
  assert.ok(!made.resampled);
  const holed = even(times, times.map((_, i) => (i % 10 === 5 ? NaN : i % 10 === 7 ? Infinity : i)));
  assert.equal(holed.readings, 80);
  holed.values.forEach((value, i) => near(value, i, 1e-6, "on the line"));
});

test("however the readings come, a grid of bounded size comes out, and only numbers", () => {
  const { real, whole } = draws(8);
  for (let round = 0; round < 200; round++) {
    let time = 1.7e15;
    const span = 10 ** real(0, 7);
    const times = Float64Array.from({ length: whole(0, 3000) }, () => (time += Math.floor(whole(0, 3) === 0 ? span * real(0, 30) : span * real(0, 1))));
    const values = times.map(() => (whole(0, 20) === 0 ? NaN : real(-1e9, 1e9)));
    const made = evenly({ times, values }, LEAST);
    if (made === undefined) continue;
    assert.ok(made.values.length >= 2 && made.values.length <= 65_536 && made.step > 0 && Number.isFinite(made.step));
    assert.ok(made.values.every(Number.isFinite));
    assert.ok(spectrumOf(made.values, made.step).amplitudes.every(Number.isFinite));
  }
});

test("a constant has no peak", () => {
  for (const value of [0, 1, -3.7e9, 1e-300, 0.1]) {
    const times = steps(1000, 1e3);
    assert.equal(peak(even(times, times.map(() => value))), undefined, `${value}`);
  }
});

test("too few readings give nothing", () => {
  for (let n = 0; n < LEAST; n++) assert.equal(evenly({ times: steps(n, 1e3), values: new Float64Array(n) }, LEAST), undefined);
  assert.equal(evenly({ times: new Float64Array(100).fill(5), values: new Float64Array(100) }, LEAST), undefined); // all at once
  assert.equal(evenly({ times: steps(100, 1e3), values: new Float64Array(100).fill(NaN) }, LEAST), undefined);
  assert.ok(evenly({ times: steps(LEAST, 1e3), values: new Float64Array(LEAST) }, LEAST) !== undefined);
});
