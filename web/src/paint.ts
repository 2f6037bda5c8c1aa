// Puts a plot on its canvas: lanes with their grids and labels, the time axis,
// the lines. It decides nothing and remembers nothing.

import { numberLabel, numberTicks, timeLabel, timeTicks, type Ticks } from "./axis";
import type { Gaps } from "./gaps";
import type { Ring } from "./ring";
import { dashes, type Theme } from "./plot/theme";
import { drawTrace, joined, silence, type Space } from "./trace";
import type { Scale } from "./view";

const RIGHT = 14; // px right of the newest reading
const AXIS = 28; // px for the times
const TITLE = 24; // px for a lane's title, above its lines
const FOOT = 8; // px below its lines
const LEAST_GUTTER = 44; // px for the values' labels
const GUTTER_STEP = 8; // px; the gutter does not follow every digit
const TICK_EVERY = 44; // px, about
const TIMES = 5; // labels that a narrow plot has at most; a wide one has one in 112 px
const TIME_EVERY = 112; // px
const TIME_ROOM = 1.4; // widths of a label, at least, from one to the next
const TEXT = 11; // px
const LINE = 1.6; // px
const FADE = 28; // px over which a time's label comes and goes
const MOST_NAMES = 12; // in a lane's title
const MOST_PIXELS = 16_000; // high; browsers refuse canvases that are higher
const OFF_SCREEN = 300; // px outside the window that are drawn all the same

/** One series: its readings [from, to) are in view. */
export interface Line {
  series: number;
  name: string;
  ring: Ring;
  from: number;
  to: number;
}

export interface Band {
  scale: Scale;
  unit: string;
  lines: Line[];
}

export interface Sheet {
  width: number; // px
  height: number; // px
  ratio: number; // device pixels per pixel
  visible: { top: number; bottom: number }; // the part of the canvas on screen
  start: number; // µs, of the device's time
  end: number;
  labelShift: number; // µs from there to the viewer's time
  lead: boolean; // mark where each line is now
  gaps: Gaps; // that no line crosses
}

type Context = CanvasRenderingContext2D;

/** Gives the canvas as many pixels as the screen has there. Returns device pixels per pixel. */
export function fitCanvas(canvas: HTMLCanvasElement): number {
  const { clientWidth, clientHeight } = canvas;
  const ratio = Math.min(devicePixelRatio, MOST_PIXELS / Math.max(1, clientHeight));
  const width = Math.round(clientWidth * ratio);
  const height = Math.round(clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return ratio;
}

export function paintPlot(context: Context, theme: Theme, bands: readonly Band[], sheet: Sheet): void {
  context.setTransform(sheet.ratio, 0, 0, sheet.ratio, 0, 0);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, sheet.width + 1, sheet.height + 1); // the canvas may be a part of a pixel larger
  context.font = `${TEXT}px ${theme.font}`;
  if (bands.length === 0 || Number.isNaN(sheet.end)) return;

  const tall = sheet.height > 1.2 * (sheet.visible.bottom - sheet.visible.top);
  const roof = tall ? AXIS : 0; // a second row of times where the first one may be off screen
  const height = (sheet.height - AXIS - roof) / bands.length;
  const ticks = bands.map((band) => valueTicks(band.scale, height));
  const left = gutter(context, bands, ticks);
  paintTimes(context, theme, sheet, left, roof);
  bands.forEach((band, i) => {
    const top = roof + i * height;
    if (top > sheet.visible.bottom + OFF_SCREEN || top + height < sheet.visible.top - OFF_SCREEN) return;
    const box = { left, right: sheet.width - RIGHT, top: top + TITLE, bottom: top + height - FOOT };
    const space = spaceOf(band.scale, sheet, box);
    paintValues(context, theme, band, ticks[i]!, space, box, sheet.ratio);
    if (i > 0) rule(context, theme.border, 0, sheet.width, top, sheet.ratio);
    paintTitle(context, theme, band, box);
    paintLines(context, theme, band, space, box, sheet);
  });
  rule(context, theme.border, 0, sheet.width, sheet.height - AXIS, sheet.ratio);
  if (tall) rule(context, theme.border, 0, sheet.width, roof, sheet.ratio);
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function spaceOf(scale: Scale, sheet: Sheet, box: Box): Space {
  const perMicro = (box.right - box.left) / (sheet.end - sheet.start);
  return {
    start: sheet.start,
    perMicro,
    left: box.left,
    low: scale.low,
    perValue: (box.bottom - box.top) / (scale.high - scale.low),
    bottom: box.bottom,
    column: 1 / (perMicro * sheet.ratio),
  };
}

function valueTicks(scale: Scale, height: number): Ticks {
  if (Number.isNaN(scale.low)) return { step: 1, at: [] };
  const count = Math.max(2, (height - TITLE) / TICK_EVERY);
  const ticks = numberTicks(scale.low, scale.high, count);
  return ticks.at.length < 2 ? numberTicks(scale.low, scale.high, 2 * count) : ticks; // one alone tells no scale
}

function labelOf(value: number, ticks: Ticks, scale: Scale): string {
  return numberLabel(value, ticks.step, Math.max(Math.abs(scale.low), Math.abs(scale.high)));
}

function gutter(context: Context, bands: readonly Band[], ticks: readonly Ticks[]): number {
  let widest = 0;
  bands.forEach((band, i) => {
    for (const value of ticks[i]!.at) widest = Math.max(widest, context.measureText(labelOf(value, ticks[i]!, band.scale)).width);
  });
  return Math.max(LEAST_GUTTER, Math.ceil((widest + 18) / GUTTER_STEP) * GUTTER_STEP);
}

function paintTimes(context: Context, theme: Theme, sheet: Sheet, left: number, roof: number): void {
  const right = sheet.width - RIGHT;
  const perMicro = (right - left) / (sheet.end - sheet.start);
  const from = sheet.start + sheet.labelShift;
  const ticks = fittingTimes(context, from, sheet.end + sheet.labelShift, right - left);
  const bottom = sheet.height - AXIS;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const time of ticks.at) {
    const x = crisp(left + (time - from) * perMicro, sheet.ratio);
    context.fillStyle = theme.grid;
    context.fillRect(x, roof, 1 / sheet.ratio, bottom - roof);
    const label = timeLabel(time, ticks.step);
    const half = context.measureText(label).width / 2;
    context.globalAlpha = clamp(Math.min(x - left + FADE / 2, sheet.width - x - half) / FADE);
    context.fillStyle = theme.muted;
    context.fillText(label, x, bottom + AXIS / 2);
    if (roof > 0) context.fillText(label, x, roof / 2);
    context.globalAlpha = 1;
  }
}

/** As many times as there is room for their labels. */
function fittingTimes(context: Context, start: number, end: number, width: number): Ticks {
  for (let count = Math.max(TIMES, width / TIME_EVERY); ; count *= 0.8) {
    const ticks = timeTicks(start, end, count);
    const room = (ticks.step / (end - start)) * width;
    if (count < 1 || room >= TIME_ROOM * context.measureText(timeLabel(start, ticks.step)).width) return ticks;
  }
}

function paintValues(context: Context, theme: Theme, band: Band, ticks: Ticks, space: Space, box: Box, ratio: number): void {
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks.at) {
    const y = crisp(box.bottom - (value - space.low) * space.perValue, ratio);
    context.fillStyle = theme.grid;
    context.fillRect(box.left, y, box.right - box.left, 1 / ratio);
    context.fillStyle = theme.muted;
    context.fillText(labelOf(value, ticks, band.scale), box.left - 9, y);
  }
}

/** The names of a lane's series, each after its colour, and their unit. */
function paintTitle(context: Context, theme: Theme, band: Band, box: Box): void {
  let x = box.left + 2;
  const y = box.top - TITLE / 2;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const [i, line] of band.lines.entries()) {
    const last = i === band.lines.length - 1;
    const text = last && band.unit !== "" ? `${line.name}  ·  ${band.unit}` : line.name;
    const width = context.measureText(text).width;
    const rest = band.lines.length - i;
    if (i > 0 && (i >= MOST_NAMES || x + 18 + width > box.right - (last ? 0 : 48))) {
      context.fillStyle = theme.muted;
      context.fillText(`+${rest}${band.unit === "" ? "" : `  ·  ${band.unit}`}`, x, y);
      return;
    }
    context.fillStyle = colour(theme, line.series);
    context.fillRect(x, y - 1.5, 11, 3);
    context.fillStyle = theme.text;
    context.fillText(text, x + 16, y);
    x += 16 + width + 14;
  }
}

function paintLines(context: Context, theme: Theme, band: Band, space: Space, box: Box, sheet: Sheet): void {
  if (Number.isNaN(space.low)) return;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top - 4, box.right - box.left, box.bottom - box.top + 8);
  context.clip();
  context.lineWidth = LINE;
  context.lineJoin = "bevel"; // thousands of short pieces: round ones would cost three times as much
  for (const line of band.lines) {
    if (line.to <= line.from) continue;
    context.strokeStyle = context.fillStyle = colour(theme, line.series);
    context.setLineDash(dashes(line.series));
    drawTrace(context, line.ring, sheet.gaps, line.from, line.to, space);
  }
  context.restore();
  if (sheet.lead) for (const line of band.lines) paintLead(context, colour(theme, line.series), line.ring, space, sheet);
}

/** A dot where the line stands now. */
function paintLead(context: Context, paint: string, ring: Ring, space: Space, { end, gaps }: Sheet): void {
  const next = ring.lowerBound(end);
  const last = next - 1;
  if (last < ring.start) return;
  let time = ring.time(last);
  let value = ring.value(last);
  if (next < ring.end) {
    if (!joined(ring, gaps, next, silence(ring))) return;
    const part = (end - time) / Math.max(1, ring.time(next) - time);
    value += (ring.value(next) - value) * clamp(part);
    time = end;
  }
  const x = space.left + (time - space.start) * space.perMicro;
  const y = space.bottom - (value - space.low) * space.perValue;
  if (x < space.left) return;
  context.fillStyle = paint;
  for (const [radius, alpha] of [[7, 0.22], [3.2, 1]] as const) {
    context.globalAlpha = alpha;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

function colour(theme: Theme, series: number): string {
  return theme.series[series % theme.series.length]!;
}

function rule(context: Context, paint: string, from: number, to: number, y: number, ratio: number): void {
  context.fillStyle = paint;
  context.fillRect(from, crisp(y, ratio), to - from, 1 / ratio);
}

/** The place of a device pixel, so that a line one pixel wide is sharp. */
function crisp(at: number, ratio: number): number {
  return Math.round(at * ratio) / ratio;
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}
