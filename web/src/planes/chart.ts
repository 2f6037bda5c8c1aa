// The sheet that a plane is drawn on: a box with two axes of numbers, their
// ticks and titles. It decides nothing; how far the axes reach is kept by Reach.

import { niceStep, numberLabel, numberTicks } from "../plot/axis";
import { setFont, widthOf } from "../plot/font";
import type { Theme } from "../plot/theme";

export type Context = CanvasRenderingContext2D;

/** An axis of numbers. On a logarithmic one both ends are above 0. */
export interface Axis {
  low: number;
  high: number;
  title: string;
  log?: boolean;
}

/** Where the axes are, in CSS px, and what stands for a value there. */
export interface Sheet {
  left: number;
  right: number;
  top: number;
  bottom: number;
  ratio: number; // device pixels per CSS pixel
  x: Axis;
  y: Axis;
}

const RIGHT = 16; // px right of the box
const TITLE = 28; // px above it, for the title of y
const FOOT = 46; // px below it, for the labels of x and its title
const LABELS = 14; // px below the box, where the middle of x's labels is
const GUTTER = 44; // px left of it, at the least,
const GUTTER_STEP = 8; // px, so that it does not follow every digit
const X_EVERY = 84; // px from tick to tick, about
const Y_EVERY = 44; // px
const TEXT = 11; // px
const CLOSE = 0.45; // of the reach, which comes closer when all that there is has room in so much

/** How far an axis reaches: it gives way at once, and comes closer when much of it is empty, so that it stands still mostly. */
export class Reach {
  #low = NaN;
  #high = NaN;

  /** Both ends, at round numbers. */
  around(low: number, high: number): [number, number] {
    if (!(low <= high)) return [0, 1];
    if (low === high) {
      const room = Math.abs(low) / 10 || 1;
      [low, high] = [low - room, high + room];
    }
    const holds = low >= this.#low && high <= this.#high;
    if (!holds || high - low < CLOSE * (this.#high - this.#low)) {
      const { step } = numberTicks(low, high, 5);
      this.#low = Math.floor(low / step) * step;
      this.#high = Math.ceil(high / step) * step;
    }
    return [this.#low, this.#high];
  }

  forget(): void {
    this.#low = this.#high = NaN;
  }
}

/** Gives the canvas as many pixels as the screen has there, clears it, and draws the axes. */
export function paintSheet(context: Context, theme: Theme, x: Axis, y: Axis): Sheet {
  const { canvas } = context;
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width + 1, height + 1); // the canvas may be a part of a pixel larger
  setFont(context, `${TEXT}px ${theme.font}`);

  const yTicks = ticksOf(y, Math.max(2, (height - TITLE - FOOT) / Y_EVERY));
  const widest = Math.max(0, ...yTicks.map(({ label }) => widthOf(context, label)));
  const left = Math.max(GUTTER, Math.ceil((widest + 18) / GUTTER_STEP) * GUTTER_STEP);
  const sheet: Sheet = { left, right: width - RIGHT, top: TITLE, bottom: height - FOOT, ratio, x, y };
  paintX(context, theme, sheet);
  paintY(context, theme, sheet, yTicks);
  return sheet;
}

function paintX(context: Context, theme: Theme, sheet: Sheet): void {
  const { x, left, right, top, bottom, ratio } = sheet;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { value, label } of ticksOf(x, Math.max(2, (right - left) / X_EVERY))) {
    const at = crisp(xOf(sheet, value), ratio);
    context.fillStyle = theme.grid;
    context.fillRect(at, top, 1 / ratio, bottom - top);
    context.fillStyle = theme.muted;
    const half = widthOf(context, label) / 2;
    context.fillText(label, Math.min(at, right + RIGHT - 2 - half), bottom + LABELS);
  }
  context.fillStyle = theme.border;
  context.fillRect(left, crisp(bottom, ratio), right - left, 1 / ratio);
  context.fillStyle = theme.muted;
  context.textAlign = "right";
  context.fillText(x.title, right, bottom + LABELS + 18, right - 8);
}

function paintY(context: Context, theme: Theme, sheet: Sheet, ticks: readonly Tick[]): void {
  const { y, left, right, top, ratio } = sheet;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { value, label } of ticks) {
    const at = crisp(yOf(sheet, value), ratio);
    context.fillStyle = theme.grid;
    context.fillRect(left, at, right - left, 1 / ratio);
    context.fillStyle = theme.muted;
    context.fillText(label, left - 9, at);
  }
  context.textAlign = "left";
  context.fillText(y.title, 12, top - 15, right - 12);
}

interface Tick {
  value: number;
  label: string;
}

/** About `count` ticks: of a logarithmic axis the powers of ten, with their doubles and halves where there is room. */
function ticksOf({ low, high, log }: Axis, count: number): Tick[] {
  if (log !== true) {
    const few = numberTicks(low, high, count);
    const { step, at } = few.at.length > 2 ? few : numberTicks(low, high, 2 * count); // two alone tell little
    return at.map((value) => ({ value, label: numberLabel(value, step, Math.max(Math.abs(low), Math.abs(high))) }));
  }
  const first = Math.floor(Math.log10(low));
  const decades = Math.log10(high / low);
  const digits = 3 * decades <= count ? [1, 2, 5] : [1];
  const powers = Array.from({ length: Math.ceil(decades) + 1 }, (_, i) => 10 ** (first + i));
  const values = powers.flatMap((power) => digits.map((digit) => digit * power));
  return values.filter((value) => value >= low && value <= high).map((value) => ({ value, label: numberLabel(value, niceStep(value / 9), value) }));
}

export function xOf({ left, right, x }: Sheet, value: number): number {
  return left + partOf(x, value) * (right - left);
}

export function yOf({ top, bottom, y }: Sheet, value: number): number {
  return bottom - partOf(y, value) * (bottom - top);
}

/** The value of x that stands there. */
export function xAt({ left, right, x: { low, high, log } }: Sheet, at: number): number {
  const part = (at - left) / (right - left);
  return log === true ? low * (high / low) ** part : low + part * (high - low);
}

function partOf({ low, high, log }: Axis, value: number): number {
  return log === true ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** A dot with a halo: this is the one. */
export function paintDot(context: Context, colour: string, x: number, y: number): void {
  context.fillStyle = colour;
  for (const [radius, alpha] of [[7, 0.22], [3.2, 1]] as const) {
    context.globalAlpha = alpha;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** The place of a device pixel, so that a line one pixel wide is sharp. */
export function crisp(at: number, ratio: number): number {
  return Math.round(at * ratio) / ratio;
}
