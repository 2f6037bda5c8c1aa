// Where an axis has its ticks, and what stands beside them: numbers in steps of
// 1, 2 or 5, and times from days down to microseconds, in local time, in UTC or
// since the start.

import type { Clock } from "./orders";

export interface Ticks {
  step: number;
  at: number[];
}

const MOST_TICKS = 64;
const MS = 1e3; // µs
const SECOND = 1e6; // µs
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps of a time axis from a second upwards; below one they are 1, 2 or 5. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];

/** The smallest of 1, 2 and 5 times a power of ten that is at least `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  if (digit <= 1.0001) return power;
  if (digit <= 2.0001) return 2 * power;
  if (digit <= 5.0001) return 5 * power;
  return 10 * power;
}

/** At most about `count` ticks within [low, high]. */
export function numberTicks(low: number, high: number, count: number): Ticks {
  const step = niceStep((high - low) / Math.max(1, count));
  return { step, at: multiples(low, high, step, 0) };
}

/** At most about `count` ticks within [start, end], in µs, at round times of that clock; `since` is the start. */
export function timeTicks(start: number, end: number, count: number, clock: Clock = "local", since = 0): Ticks {
  const rough = (end - start) / Math.max(1, count);
  const step = rough <= SECOND / 2 ? Math.max(1, niceStep(rough)) : TIME_STEPS.find((s) => s >= rough) ?? 364 * DAY;
  return { step, at: multiples(start, end, step, shiftOf(clock, start, step, since)) };
}

/** What to add to a time to have it round where the clock's is. */
function shiftOf(clock: Clock, time: number, step: number, since: number): number {
  if (clock === "start") return -since;
  // Steps of an hour and more are round in local time, not in UTC.
  return clock === "local" && step >= 15 * MINUTE ? -new Date(time / MS).getTimezoneOffset() * MINUTE : 0;
}

function multiples(low: number, high: number, step: number, shift: number): number[] {
  const at: number[] = [];
  const first = Math.ceil((low + shift) / step);
  for (let i = 0; i < MOST_TICKS; i++) {
    const value = (first + i) * step - shift;
    if (!(value <= high)) break; // also ends where numbers are too large to count in
    at.push(value === 0 ? 0 : value); // never −0
  }
  return at;
}

const SUFFIXES: [number, string][] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]];

/** The label of a tick, with as many digits as the step needs. */
export function numberLabel(value: number, step: number, magnitude: number): string {
  if (value === 0) return "0";
  if (magnitude >= 1e15 || magnitude < 1e-3) return exponential(value, step);
  for (const [from, suffix] of SUFFIXES) {
    if (magnitude < from) continue;
    const unit = from === 1e4 ? 1e3 : from;
    const decimals = decimalsOf(step / unit);
    if (decimals <= 2) return minus((value / unit).toFixed(decimals) + suffix);
    break;
  }
  const decimals = Math.min(12, decimalsOf(step));
  return minus(apart(value.toFixed(decimals)));
}

/** A decimal number with its thousands apart: Intl does more, and takes 25 ms to begin. */
export function apart(digits: string): string {
  return digits.replace(/^-?\d{4,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

/** How many digits after the point tell multiples of `step` apart. */
export function decimalsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

function exponential(value: number, step: number): string {
  const digits = Math.floor(Math.log10(Math.abs(value)) + 1e-9) - Math.floor(Math.log10(step) + 1e-9);
  return minus(value.toExponential(Math.min(12, Math.max(0, digits))).replace("e+", "e"));
}

/** Writes the sign of a negative number as people do. */
export function minus(text: string): string {
  return text.replace(/^-/, "−");
}

/** The time of a tick, as much of it as the step needs. */
export function timeLabel(micros: number, step: number, clock: Clock = "local", since = 0): string {
  if (clock === "start") return elapsedLabel(micros - since, step);
  // A clock that has the zone's time as its UTC.
  const zone = clock === "local" ? new Date(micros / MS).getTimezoneOffset() * MINUTE : 0;
  const iso = new Date(Math.floor((micros - zone) / MS)).toISOString();
  if (step >= DAY) return iso.slice(0, 10);
  const seconds = step >= MINUTE ? iso.slice(11, 16) : iso.slice(11, 19);
  return step >= SECOND ? seconds : `${seconds}.${fractionOf(micros, step)}`;
}

function elapsedLabel(micros: number, step: number): string {
  const size = Math.abs(step >= SECOND ? Math.round(micros / SECOND) * SECOND : micros);
  const [hours, minutes, seconds] = [Math.floor(size / HOUR), Math.floor(size / MINUTE) % 60, Math.floor(size / SECOND) % 60];
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  return (micros < 0 ? "−" : "") + (step >= SECOND ? text : `${text}.${fractionOf(size, step)}`);
}

function fractionOf(micros: number, step: number): string {
  const fraction = String(Math.round(micros - Math.floor(micros / SECOND) * SECOND)).padStart(6, "0");
  return step >= MS ? fraction.slice(0, 3) : fraction;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
