// Readings as numbers at even steps of time, as a Fourier transform wants them.
// What comes unevenly is put onto a grid; a stream with gaps gives its longest
// part without one, since nobody knows what was in between.

export interface Readings {
  times: Float64Array; // µs, in order
  values: Float64Array;
}

export interface Even {
  values: Float64Array;
  step: number; // µs
  readings: number; // that were used
  resampled: boolean; // they were not even
  parted: boolean; // there are gaps; this is the longest part
}

const MOST = 1 << 16; // numbers
const EVEN = 0.1; // steps that a reading may be off the grid,
const ROUNDED = 1; // µs, or so much: times are whole microseconds
const SILENCE = 6; // usual steps between two readings: something is missing there, as in the plot,
const LEAST_SILENCE = 100e3; // µs,
const MOST_GAPS = 8; // unless it is often so: then they come in bursts
const PROBES = 1024; // steps that are looked at for the usual one

/** Undefined where fewer than `least` readings are left to go by. */
export function evenly(readings: Readings, least: number): Even | undefined {
  const tidy = distinct(readings);
  const whole = tidy.times.length;
  if (whole < least) return undefined;
  const { times, values } = regular(tidy.times) ? tidy : longestPart(tidy);
  const n = times.length;
  if (n < least) return undefined;
  const parted = n < whole;
  const mean = (times[n - 1]! - times[0]!) / (n - 1);
  if (regular(times)) return { values, step: mean, readings: n, resampled: false, parted };
  const usual = usualStep(times, 0.5);
  const rough = 2 * usual < mean ? mean : usual; // of bursts the usual step says nothing
  const count = Math.min(MOST, 1 + Math.round((times[n - 1]! - times[0]!) / rough));
  const step = (times[n - 1]! - times[0]!) / (count - 1);
  return { values: onGrid({ times, values }, step, count), step, readings: n, resampled: true, parted };
}

/** Without what is no number; readings of one time become their mean. */
function distinct({ times, values }: Readings): Readings {
  const t = new Float64Array(times.length);
  const v = new Float64Array(times.length);
  let n = 0;
  let same = 1;
  for (let i = 0; i < times.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    if (n > 0 && times[i] === t[n - 1]) {
      same++;
      v[n - 1]! += (values[i]! - v[n - 1]!) / same;
      continue;
    }
    t[n] = times[i]!;
    v[n++] = values[i]!;
    same = 1;
  }
  return { times: t.subarray(0, n), values: v.subarray(0, n) };
}

/** Whether every time is where even steps would have it. */
function regular(times: Float64Array): boolean {
  const last = times.length - 1;
  const first = times[0]!;
  const step = (times[last]! - first) / last;
  const off = Math.max(ROUNDED, EVEN * step);
  for (let i = 1; i < last; i++) if (Math.abs(times[i]! - first - i * step) > off) return false;
  return true;
}

/** The step that this part of all steps are not longer than; some of them are asked. */
function usualStep(times: Float64Array, part: number): number {
  const steps = times.length - 1;
  const probes = Float64Array.from({ length: Math.min(PROBES, steps) }, (_, i) => {
    const at = Math.floor((i * steps) / Math.min(PROBES, steps));
    return times[at + 1]! - times[at]!;
  });
  return probes.sort()[Math.floor(part * probes.length)] ?? 0;
}

/** The time in µs from one reading to the next above which something is missing between them. */
export function silence(times: Float64Array): number {
  return Math.max(LEAST_SILENCE, SILENCE * usualStep(times, 0.75));
}

function longestPart({ times, values }: Readings): Readings {
  const limit = silence(times);
  let gaps = 0;
  let begun = 0;
  let from = 0;
  let to = 0; // the longest yet: [from, to)
  for (let i = 1; i <= times.length; i++) {
    const ends = i === times.length;
    if (!ends && times[i]! - times[i - 1]! <= limit) continue;
    if (to === 0 || times[i - 1]! - times[begun]! > times[to - 1]! - times[from]!) [from, to] = [begun, i];
    begun = i;
    if (!ends && ++gaps > MOST_GAPS) return { times, values };
  }
  return { times: times.subarray(from, to), values: values.subarray(from, to) };
}

/** The values at `count` times from the first on, each on the line between its neighbours. */
function onGrid({ times, values }: Readings, step: number, count: number): Float64Array {
  const grid = new Float64Array(count);
  const last = times.length - 1;
  let next = 1;
  for (let i = 0; i < count; i++) {
    const time = times[0]! + i * step;
    while (next < last && times[next]! < time) next++;
    const before = times[next - 1]!;
    const part = Math.min(1, (time - before) / (times[next]! - before));
    grid[i] = values[next - 1]! + part * (values[next]! - values[next - 1]!);
  }
  return grid;
}
