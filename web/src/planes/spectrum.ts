// The amplitude spectrum of numbers at even steps: how large a sine of each
// frequency is in them, in their own unit. A Hann window lets the ends meet; the
// mean is taken off first, so that it does not spill over the low frequencies.

import { RealTransform } from "./fft";

export interface Spectrum {
  amplitudes: Float64Array; // from 0 to the Nyquist frequency
  spacing: number; // Hz from one to the next
  resolution: number; // Hz: sines closer than this are one
  mean: number;
}

export interface Peak {
  frequency: number; // Hz
  amplitude: number;
}

const FLAT = 1e-12; // of the largest number: a smaller amplitude comes from rounding, and is none

let transform: RealTransform | undefined; // of the size that was used last: its tables take longer than its work

export function spectrumOf(values: Float64Array, step: number): Spectrum {
  const n = values.length;
  const size = 2 ** Math.ceil(Math.log2(Math.max(4, 2 * n))); // the rest is 0, which only adds points in between: the line comes closer to its peaks
  if (transform?.size !== size) transform = new RealTransform(size);
  const windowed = new Float64Array(n);
  let weight = 0;
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const w = (windowed[i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
    weight += w;
    sum += w * values[i]!;
    largest = Math.max(largest, Math.abs(values[i]!));
  }
  const mean = sum / weight; // of the numbers as the window weighs them, so that nothing is left at 0 Hz
  for (let i = 0; i < n; i++) windowed[i]! *= values[i]! - mean;
  const { re, im } = transform.of(windowed);
  const last = size / 2;
  const amplitudes = re; // which is not needed any more
  for (let k = 0; k <= last; k++) {
    const amplitude = ((k === 0 || k === last ? 1 : 2) / weight) * Math.sqrt(re[k]! ** 2 + im[k]! ** 2);
    amplitudes[k] = amplitude > FLAT * largest ? amplitude : 0;
  }
  const rate = 1e6 / step;
  return { amplitudes, spacing: rate / size, resolution: rate / n, mean };
}

/** The highest peak, between two points too: a parabola through the logarithms finds it. */
export function peakOf({ amplitudes, spacing, resolution }: Spectrum): Peak | undefined {
  const last = amplitudes.length - 1;
  let best = 0;
  for (let k = Math.ceil(resolution / spacing); k <= last; k++) {
    const here = amplitudes[k]!;
    if (here >= amplitudes[k - 1]! && (k === last || here > amplitudes[k + 1]!) && (best === 0 || here > amplitudes[best]!)) best = k;
  }
  const top = amplitudes[best]!;
  if (best === 0 || top === 0) return undefined;
  const [before, after] = [amplitudes[best - 1]!, amplitudes[best + 1] ?? 0];
  if (before === 0 || after === 0) return { frequency: best * spacing, amplitude: top };
  const [a, b, c] = [Math.log(before), Math.log(top), Math.log(after)];
  const aside = (a - c) / (2 * (a - 2 * b + c)); // points, −½ to ½
  return { frequency: (best + aside) * spacing, amplitude: Math.exp(b - ((a - c) * aside) / 4) };
}
