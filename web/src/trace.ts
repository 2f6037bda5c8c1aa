// One series as a line. Where several readings fall on one column of pixels
// only the first, lowest, highest and last of them are drawn, which looks the
// same and costs what the pixels cost. Columns stand at fixed times, not at
// fixed places, so that a scrolling line does not shimmer.

import type { Gaps } from "./gaps";
import type { Extent, Ring } from "./ring";

const SILENCE = 6; // usual intervals; what is further apart is not joined by a line
const LEAST_SILENCE = 100e3; // µs
const DOTS_FROM = 9; // px from one reading to the next, from which each has a dot
const DOT = 2.1; // px, radius
const BAR = 6; // px; a column of more than that is a rectangle, which costs a third of a stroke

/** From times and values to pixels: a lane's part of the canvas. */
export interface Space {
  start: number; // µs at x = left
  perMicro: number; // px
  left: number;
  low: number; // value at y = bottom
  perValue: number; // px
  bottom: number;
  column: number; // µs of one column of pixels
}

/** Draws readings [from, to) of the ring with the context's current stroke. */
export function drawTrace(context: CanvasRenderingContext2D, ring: Ring, gaps: Gaps, from: number, to: number, space: Space): void {
  const last = Math.max(ring.start, to - 1);
  const spread = (ring.time(last) - ring.time(from)) / space.column;
  context.beginPath();
  if (to - from > 2 * Math.max(spread, 1)) columns(context, ring, gaps, from, to, space);
  else points(context, ring, gaps, from, to, space);
  context.stroke();
  const pixels = (ring.time(last) - ring.time(from)) * space.perMicro;
  if (pixels >= DOTS_FROM * (to - from - 1)) dots(context, ring, from, to, space);
}

/** The silence in µs from which readings of the ring are not joined. */
export function silence(ring: Ring): number {
  const usual = ring.usualInterval();
  return usual === 0 ? Infinity : Math.max(LEAST_SILENCE, SILENCE * usual);
}

/** Whether reading i is joined to the one before it. */
export function joined(ring: Ring, gaps: Gaps, i: number, longest: number): boolean {
  if (gaps.between(ring.time(i - 1), ring.time(i))) return false;
  const interval = ring.time(i) - ring.time(i - 1);
  if (interval <= longest) return true;
  // Just as far from its other neighbours: the interval was changed, nothing is missing.
  const before = i - 2 >= ring.start ? ring.time(i - 1) - ring.time(i - 2) : 0;
  const after = i + 1 < ring.end ? ring.time(i + 1) - ring.time(i) : 0;
  return interval <= 3 * Math.max(before, after);
}

function points(context: CanvasRenderingContext2D, ring: Ring, gaps: Gaps, from: number, to: number, s: Space): void {
  const longest = silence(ring);
  for (let i = from; i < to; i++) {
    const x = s.left + (ring.time(i) - s.start) * s.perMicro;
    const y = s.bottom - (ring.value(i) - s.low) * s.perValue;
    if (i > from && joined(ring, gaps, i, longest)) context.lineTo(x, y);
    else context.moveTo(x, y);
  }
}

function columns(context: CanvasRenderingContext2D, ring: Ring, gaps: Gaps, from: number, to: number, s: Space): void {
  const longest = silence(ring);
  const half = context.lineWidth / 2;
  const extent: Extent = { low: 0, high: 0 };
  let before = 0; // px, where the line stands
  for (let i = from; i < to; ) {
    const time = Math.floor(ring.time(i) / s.column) * s.column;
    const next = columnEnd(ring, time + s.column, i, to);
    extent.low = Infinity;
    extent.high = -Infinity;
    ring.widen(extent, i, next);
    const x = s.left + (time - s.start) * s.perMicro;
    const entry = s.bottom - (ring.value(i) - s.low) * s.perValue;
    const exit = s.bottom - (ring.value(next - 1) - s.low) * s.perValue;
    let bottom = s.bottom - (extent.low - s.low) * s.perValue;
    let top = s.bottom - (extent.high - s.low) * s.perValue;
    const on = i > from && joined(ring, gaps, i, longest);
    if (bottom - top > BAR) {
      if (on) [top, bottom] = [Math.min(top, before), Math.max(bottom, before)];
      context.fillRect(x - half, top, 2 * half, bottom - top);
      context.moveTo(x, exit);
    } else {
      if (on) context.lineTo(x, entry);
      else context.moveTo(x, entry);
      if (bottom !== entry) context.lineTo(x, bottom);
      if (top !== bottom) context.lineTo(x, top);
      if (exit !== top) context.lineTo(x, exit);
    }
    before = exit;
    i = next;
  }
}

/** The first index after i at or after `time`: near ones are found in a few steps. */
function columnEnd(ring: Ring, time: number, i: number, to: number): number {
  let step = 1;
  let low = i + 1;
  while (low + step < to && ring.time(low + step) < time) {
    low += step;
    step *= 2;
  }
  return ring.lowerBound(time, low, Math.min(to, low + step));
}

function dots(context: CanvasRenderingContext2D, ring: Ring, from: number, to: number, s: Space): void {
  context.beginPath();
  for (let i = from; i < to; i++) {
    const x = s.left + (ring.time(i) - s.start) * s.perMicro;
    const y = s.bottom - (ring.value(i) - s.low) * s.perValue;
    context.moveTo(x + DOT, y);
    context.arc(x, y, DOT, 0, 2 * Math.PI);
  }
  context.fill();
}
