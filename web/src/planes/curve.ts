// Draws a spectrum: a line over the frequencies, for each pixel column the
// highest amplitude in it, with the peak marked and the pointer's place read.

import { widthOf } from "../plot/font";
import type { Theme } from "../plot/theme";
import { crisp, paintDot, xAt, xOf, yOf, type Context, type Sheet } from "./chart";
import type { Peak, Spectrum } from "./spectrum";

const LINE = 1.6; // px
const HIT = 12; // px that the pointer may be beside a frequency that it means

/** What the pointer is at: the highest amplitude near it. */
export interface Spot {
  frequency: number; // Hz
  amplitude: number;
}

/** `level` gives where an amplitude stands on the sheet's y axis. */
export function paintCurve(context: Context, sheet: Sheet, { amplitudes, spacing }: Spectrum, level: (amplitude: number) => number, colour: string): void {
  const { left, right, top, bottom, ratio } = sheet;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.beginPath();
  let column = NaN; // of device pixels
  let highest = 0;
  let place = left; // of the highest, in CSS px
  const flush = (): void => context.lineTo(place, yOf(sheet, level(highest)));
  for (let k = firstOf(sheet); k < amplitudes.length; k++) {
    const x = xOf(sheet, k * spacing);
    if (Math.floor(x * ratio) !== column) {
      if (!Number.isNaN(column)) flush();
      column = Math.floor(x * ratio);
      highest = -1;
    }
    if (amplitudes[k]! <= highest) continue;
    highest = amplitudes[k]!;
    place = x;
  }
  flush();
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = LINE;
  context.lineJoin = "bevel";
  context.stroke();
  context.lineTo(right, bottom);
  context.lineTo(left, bottom);
  context.globalAlpha = 0.12;
  context.fill();
  context.restore();
}

/** A dot on the peak, with words beside it where there is room. */
export function paintPeak(context: Context, theme: Theme, sheet: Sheet, { frequency, amplitude }: Peak, level: (amplitude: number) => number, colour: string, words: string): void {
  const x = xOf(sheet, frequency);
  const y = Math.max(sheet.top, yOf(sheet, level(amplitude)));
  paintDot(context, colour, x, y);
  write(context, theme, sheet, words, x, y);
}

/** A line at the pointer's frequency, and what is there. */
export function paintSpot(context: Context, theme: Theme, sheet: Sheet, { frequency, amplitude }: Spot, level: (amplitude: number) => number, words: string): void {
  const x = crisp(xOf(sheet, frequency), sheet.ratio);
  context.fillStyle = theme.muted;
  context.fillRect(x, sheet.top, 1 / sheet.ratio, sheet.bottom - sheet.top);
  paintDot(context, theme.text, x, Math.min(sheet.bottom, Math.max(sheet.top, yOf(sheet, level(amplitude)))));
  write(context, theme, sheet, words, x, sheet.top + 10);
}

function write(context: Context, theme: Theme, { left, right }: Sheet, words: string, x: number, y: number): void {
  const width = widthOf(context, words);
  const before = x + 12 + width > right && x - 12 - width > left;
  context.textAlign = before ? "right" : "left";
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = theme.background;
  context.fillStyle = theme.text;
  const at = before ? x - 12 : x + 12;
  context.strokeText(words, at, y); // a rim, so that the line does not run through the words
  context.fillText(words, at, y);
}

/** What the pointer means at x; undefined where there is nothing. */
export function spotAt(sheet: Sheet, { amplitudes, spacing }: Spectrum, x: number): Spot | undefined {
  if (x < sheet.left || x > sheet.right) return undefined;
  const from = Math.ceil(xAt(sheet, x - HIT / 2) / spacing);
  const to = Math.floor(xAt(sheet, x + HIT / 2) / spacing);
  const last = amplitudes.length - 1;
  let best = Math.min(last, Math.max(firstOf(sheet), Math.round(xAt(sheet, x) / spacing)));
  for (let k = Math.max(firstOf(sheet), from); k <= Math.min(last, to); k++) if (amplitudes[k]! > amplitudes[best]!) best = k;
  return { frequency: best * spacing, amplitude: amplitudes[best]! };
}

/** A logarithmic axis has no 0 Hz. */
function firstOf({ x }: Sheet): number {
  return x.log === true ? 1 : 0;
}
