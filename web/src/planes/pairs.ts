// The readings of two series as pairs: at the times of the one that has fewer,
// with the other's value there, which is its reading of that time or lies on the
// line between its neighbours. Across a gap there is no line, and no pair.

import { silence, type Readings } from "./even";

export interface Pairs {
  x: Float64Array;
  y: Float64Array;
  paired: boolean; // every pair is of readings of one time
}

/** The newest `most` pairs, the oldest of them first. */
export function pairsOf(x: Readings, y: Readings, most: number): Pairs {
  const swapped = y.times.length < x.times.length;
  const [base, other] = swapped ? [y, x] : [x, y];
  const own = new Float64Array(Math.min(most, base.times.length));
  const met = new Float64Array(own.length);
  const limit = silence(other.times);
  let at = own.length; // they are filled from the end
  let paired = true;
  let next = other.times.length; // the other's first reading after the time
  for (let i = base.times.length - 1; i >= 0 && at > 0; i--) {
    const time = base.times[i]!;
    while (next > 0 && other.times[next - 1]! > time) next--;
    const same = other.times[next - 1] === time;
    const value = same ? other.values[next - 1]! : between(other, next, time, limit);
    if (!Number.isFinite(value) || !Number.isFinite(base.values[i]!)) continue;
    own[--at] = base.values[i]!;
    met[at] = value;
    paired &&= same;
  }
  const [first, second] = [own.subarray(at), met.subarray(at)];
  return swapped ? { x: second, y: first, paired } : { x: first, y: second, paired };
}

/** The value at a time between two readings; NaN outside all of them and in a gap. */
function between({ times, values }: Readings, next: number, time: number, limit: number): number {
  if (next === 0 || next === times.length) return NaN;
  const before = times[next - 1]!;
  const after = times[next]!;
  if (after - before > limit) return NaN;
  return values[next - 1]! + ((time - before) / (after - before)) * (values[next]! - values[next - 1]!);
}

/** How far the one goes with the other, from −1 to 1; NaN where one of them is constant. */
export function correlation({ x, y }: Pairs): number {
  const meanX = meanOf(x);
  const meanY = meanOf(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Against the first number, so that a constant's is exact. */
function meanOf(numbers: Float64Array): number {
  const first = numbers[0] ?? NaN;
  let sum = 0;
  for (const one of numbers) sum += one - first;
  return first + sum / numbers.length;
}

/** The lowest and the highest of some numbers. */
export function extentOf(numbers: Float64Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const one of numbers) {
    if (one < low) low = one;
    if (one > high) high = one;
  }
  return [low, high];
}
