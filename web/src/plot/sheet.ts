// What is above and beside the lines: labels, titles, where each line is now,
// and what is missing. It decides nothing and remembers nothing.

import { type Ticks, timeLabel } from "./axis";
import { timesOf, type Band } from "./board";
import { type Context, setFont, widthOf } from "./font";
import { AXIS, type Geometry, TITLE } from "./geometry";
import type { Line } from "./line";
import type { Clock, Size } from "./orders";
import type { Scale } from "./scale";
import { dashes, type Theme } from "./theme";

const LEAST_GUTTER = 44; // px for the values' labels
const GUTTER_STEP = 8; // px; the gutter does not follow every digit
const TIMES = 5; // labels that a narrow plot has at most; a wide one has one in 112 px
const TIME_EVERY = 112; // px
const TIME_ROOM = 1.4; // widths of a label, at least, from one to the next
const TEXT = 11; // px
const FADE = 28; // px over which a time's label comes and goes
const MOST_NAMES = 12; // in a lane's title
const MOST_NAME = 0.6; // of a lane's width for one name
const DOTS_FROM = 9; // px from one reading to the next, from which each has a dot
const DOT = 2.1; // px, radius
const LEAD = [[7, 0.22], [3.2, 1]] as const; // px, radius, and opacity: around where a line stands, and there
const HATCH = 7; // px from one stroke to the next

/** How the axis of time is labelled. */
export interface Labelling {
  shift: number; // from the device's time to that of the labels, in µs
  clock: Clock;
  since: number; // the start, in µs by the labels
}

export function begin(context: Context, theme: Theme, { ratio }: Size): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  setFont(context, `${TEXT}px ${theme.font}`);
}

/** Fills all but the bands, whose own pixels are all painted anyway. */
export function fillAround(context: Context, theme: Theme, size: Size, bands: readonly Band[] = [], { left, right } = { left: 0, right: 0 }): void {
  const [width, height] = [size.width + 1, size.height + 1]; // the canvas may be a part of a pixel larger
  context.fillStyle = theme.background;
  context.fillRect(0, 0, left, height);
  context.fillRect(right, 0, width - right, height);
  let y = 0;
  for (const { top, bottom } of [...bands, { top: height, bottom: height }]) {
    context.fillRect(left, y, right - left, top - y);
    y = bottom;
  }
}

export function rule(context: Context, theme: Theme, y: number, size: Size): void {
  context.fillStyle = theme.border;
  context.fillRect(0, Math.round(y * size.ratio) / size.ratio, size.width, 1 / size.ratio);
}

/** CSS px that the values' labels need. */
export function gutterOf(context: Context, bands: readonly Band[]): number {
  let widest = 0;
  for (const { axis } of bands) for (const label of axis.labels) widest = Math.max(widest, widthOf(context, label));
  return Math.max(LEAST_GUTTER, Math.ceil((widest + 18) / GUTTER_STEP) * GUTTER_STEP);
}

/** As many times as there is room for their labels. */
export function fittingTimes(context: Context, geometry: Geometry, { shift, clock, since }: Labelling): Ticks {
  const width = geometry.right - geometry.left;
  for (let count = Math.max(TIMES, width / TIME_EVERY); ; count *= 0.8) {
    const ticks = timesOf(geometry, shift, count, clock, since);
    const room = (ticks.step / (geometry.end - geometry.start)) * width;
    if (count < 1 || room >= TIME_ROOM * widthOf(context, timeLabel((ticks.at[0] ?? geometry.start) + shift, ticks.step, clock, since))) return ticks;
  }
}

export function paintTimes(context: Context, theme: Theme, geometry: Geometry, ticks: Ticks, { shift, clock, since }: Labelling, size: Size, roof: number): void {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = theme.muted;
  for (const time of ticks.at) {
    const x = geometry.crisp(time);
    const label = timeLabel(time + shift, ticks.step, clock, since);
    const half = widthOf(context, label) / 2;
    context.globalAlpha = clamp(Math.min(x - geometry.left + FADE / 2, size.width - x - half) / FADE);
    context.fillText(label, x, size.height - AXIS / 2);
    if (roof > 0) context.fillText(label, x, roof / 2);
  }
  context.globalAlpha = 1;
}

export function paintValues(context: Context, theme: Theme, band: Band, geometry: Geometry): void {
  context.textAlign = "right";
  context.textBaseline = "middle";
  const [first] = band.lines;
  context.fillStyle = band.scales.some((scale) => scale !== band.scale) && first !== undefined ? colourOf(theme, first) : theme.muted;
  const { ticks, labels } = band.axis;
  ticks.at.forEach((value, i) => context.fillText(labels[i]!, geometry.left - 9, yOf(value, band.scale, band)));
}

/** The names of a lane's series, each after its colour, and their unit. */
export function paintTitle(context: Context, theme: Theme, band: Band, geometry: Geometry): void {
  let x = geometry.left + 2;
  const y = band.top - TITLE / 2;
  const mixed = band.lines.some(({ unit }) => unit !== band.lane.unit);
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (let i = 0; i < band.lines.length; i++) {
    const line = band.lines[i]!;
    const last = i === band.lines.length - 1;
    const unit = mixed || last ? line.unit : "";
    const named = shortened(context, line.series.name, MOST_NAME * (geometry.right - geometry.left));
    const text = unit === "" ? named : shortened(context, `${named}  ·  ${unit}`, geometry.right - geometry.left - 18);
    const width = widthOf(context, text);
    if (i > 0 && (i >= MOST_NAMES || x + 18 + width > geometry.right - (last ? 0 : 48))) {
      context.fillStyle = theme.muted;
      context.fillText(shortened(context, `+${band.lines.length - i}${band.lane.unit === "" ? "" : `  ·  ${band.lane.unit}`}`, geometry.right - x), x, y);
      return;
    }
    context.fillStyle = colourOf(theme, line);
    context.fillRect(x, y - 1.5, 11, 3);
    context.fillStyle = theme.text;
    context.fillText(text, x + 16, y, Math.max(1, geometry.right - x - 16));
    x += 16 + width + 14;
  }
}

/** As much of a text as there is room for. */
export function shortened(context: Context, text: string, room: number): string {
  if (widthOf(context, text) <= room) return text;
  let length = text.length;
  while (length > 1 && widthOf(context, `${text.slice(0, length)}…`) > room) length = Math.floor(length * 0.9);
  return `${text.slice(0, length)}…`;
}

/** A dot for each reading where they are far apart. */
export function paintDots(context: Context, theme: Theme, band: Band, geometry: Geometry): void {
  const most = Math.floor((geometry.right - geometry.left) / DOTS_FROM);
  for (let i = 0; i < band.lines.length; i++) {
    const line = band.lines[i]!;
    if (dashes(line.index).length > 0) continue; // it would be solid again
    if (line.archive.exceeds(geometry.start, geometry.end, most)) continue;
    const { times, values } = line.archive.readings(geometry.start, geometry.end);
    context.fillStyle = colourOf(theme, line);
    context.beginPath();
    times.forEach((time, k) => {
      const [x, y] = [geometry.x(time), yOf(values[k]!, band.scales[i]!, band)];
      if (y < band.top || y > band.bottom) return;
      context.moveTo(x + DOT, y);
      context.arc(x, y, DOT, 0, 2 * Math.PI);
    });
    context.fill();
  }
}

/** A dot where each line stands now. */
export function paintLeads(context: Context, theme: Theme, band: Band, geometry: Geometry): void {
  for (let i = 0; i < band.lines.length; i++) {
    const line = band.lines[i]!;
    const lead = leadOf(line, geometry.end);
    if (lead === undefined || lead.time < geometry.start) continue;
    const y = yOf(lead.value, band.scales[i]!, band);
    if (y < band.top || y > band.bottom) continue;
    context.fillStyle = colourOf(theme, line);
    for (const [radius, alpha] of LEAD) {
      context.globalAlpha = alpha;
      context.beginPath();
      context.arc(Math.min(geometry.x(lead.time), geometry.right), y, radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }
}

/** The point at which a line leaves a time, or ends before it. */
function leadOf(line: Line, time: number): { time: number; value: number } | undefined {
  const before = line.archive.before(time);
  const after = line.archive.after(time);
  if (before === undefined || after === undefined) return before;
  if (!line.joins.between(before.time, after.time)) return undefined;
  const part = (time - before.time) / Math.max(1, after.time - before.time);
  return { time, value: before.value + (after.value - before.value) * clamp(part) };
}

/** Hatches stretches of time, [from, to] in µs, of which nothing is known. */
export function paintAbsent(context: Context, theme: Theme, stretches: readonly [number, number][], geometry: Geometry, top: number, bottom: number): void {
  if (stretches.length === 0) return;
  context.save();
  context.beginPath();
  for (const [from, to] of stretches) {
    const left = Math.max(geometry.left, geometry.x(from));
    context.rect(left, top, Math.min(geometry.right, geometry.x(to)) - left, bottom - top);
  }
  context.clip();
  context.globalAlpha = 0.3;
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.beginPath();
  const height = bottom - top;
  for (let x = geometry.left - height; x < geometry.right; x += HATCH) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

export function yOf(value: number, { low, high }: Scale, { top, bottom }: Band): number {
  return bottom - ((value - low) / (high - low)) * (bottom - top);
}

export function colourOf(theme: Theme, line: Line): string {
  return theme.series[line.index % theme.series.length]!;
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}
