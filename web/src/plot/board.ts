// The lanes, one below the other, each with its scales and its pixels.

import type { Clock, Look, Size } from "./orders";
import type { Extent } from "./extent";
import type { Context } from "./font";
import { AXIS, type Geometry, TITLE } from "./geometry";
import { assignLanes, type Lane, sameLanes } from "./lanes";
import type { Line } from "./line";
import { type Ground, Raster, type Stroke, wordOf } from "./raster";
import { Scale } from "./scale";
import { spans } from "./spans";
import { dashes, type Theme } from "./theme";
import { numberLabel, numberTicks, type Ticks, timeTicks } from "./axis";

const LEAST_LANE = 72; // px
const FOOT = 8; // px below its lines
const TICK_EVERY = 44; // px, about
const LINE = 1.6; // px
// A scale that moves has its lane painted anew, which is taken to cost what all
// that was painted anew in a picture did, the cheaper one of the last two.
const REST = 2; // times that: so long scales stand still between two moves
const DEAR = 12e3; // µs, from which they are where they should be at once

/** A lane as it lies on the canvas. */
export interface Band {
  lane: Lane;
  lines: Line[];
  scales: Scale[]; // of each line; the same one where it is shared
  scale: Scale; // whose values the axis has
  top: number; // CSS px of the box that the lines are in; whole device px
  bottom: number;
  axis: Axis;
  fixed: boolean;
}

/** A lane's values: ticks and their labels, for one state of its scale. */
interface Axis {
  low: number;
  high: number;
  height: number; // CSS px
  ticks: Ticks;
  labels: string[];
}

export class Board {
  bands: Band[] = [];
  #lanes: Lane[] = [];
  readonly #scales = new Map<number, Scale>(); // of lanes, by their first series
  readonly #rasters: { raster: Raster; key: number[] }[] = [];
  #since = 0; // µs since the scales were moved
  #costs: [number, number] = [0, 0]; // µs, of the last two pictures in which any lane was painted anew
  #spent = NaN; // µs of this picture; NaN where none was

  /** Sorts the lines that are not hidden into lanes. */
  sort(lines: readonly Line[], look: Look, geometry: Geometry): void {
    const seen = lines.filter((line) => !line.hidden);
    const lanes = look.layout === "auto" ? assignLanes(lines.map((line) => member(line, geometry)), this.#lanes) : chosenLanes(seen, look);
    if (sameLanes(lanes, this.#lanes)) return;
    this.#lanes = lanes;
    const leaders = new Set(lanes.map(({ series }) => series[0]));
    for (const series of this.#scales.keys()) if (!leaders.has(series)) this.#scales.delete(series);
  }

  clear(): void {
    this.#lanes = [];
    this.bands = [];
    this.#scales.clear();
  }

  /** CSS px that the lanes need at the least. */
  get height(): number {
    return this.#lanes.length > 1 ? this.#lanes.length * LEAST_LANE + 2 * AXIS : 0;
  }

  /** Lays the lanes out and moves their scales. Says whether they are at rest. */
  arrange(lines: readonly Line[], look: Look, geometry: Geometry, size: Size, elapsed: number, eased: boolean): boolean {
    const roof = this.roof(size);
    const height = (size.height - AXIS - roof) / Math.max(1, this.#lanes.length);
    const snap = (y: number): number => Math.round(y * size.ratio) / size.ratio;
    if (this.#spent >= 0) this.#costs = [this.#spent, this.#costs[0]];
    this.#spent = NaN;
    const cost = Math.min(...this.#costs);
    this.#since += elapsed;
    const passed = this.#since < REST * cost ? 0 : this.#since;
    if (passed > 0) this.#since = 0;
    const smooth = eased && cost < DEAR;
    let calm = true;
    this.bands = this.#lanes.map((lane, i) => {
      const members = lane.series.map((series) => lines[series]!).filter(Boolean);
      const shared = this.#scale(lane);
      const own = look.scales === "own";
      if (own) for (const line of members) calm = follow(line.scale, [line], geometry, passed, smooth) && calm;
      else calm = follow(shared, members, geometry, passed, smooth) && calm;
      const scale = own ? (members[0]?.scale ?? shared) : shared;
      const top = roof + i * height;
      return {
        lane,
        lines: members,
        scales: members.map((line) => (own ? line.scale : shared)),
        scale,
        top: snap(top + TITLE),
        bottom: Math.max(snap(top + TITLE) + 1, snap(top + height - FOOT)),
        axis: axisOf(scale, height, this.bands[i]?.axis),
        fixed: members.some(({ range }) => range !== undefined),
      };
    });
    return calm;
  }

  /** px above the lanes: a second row of times where the first one may be off screen. */
  roof(size: Size): number {
    return size.height > 1.2 * (size.bottom - size.top) ? AXIS : 0;
  }

  #scale(lane: Lane): Scale {
    const key = lane.series[0] ?? -1;
    const scale = this.#scales.get(key) ?? new Scale();
    this.#scales.set(key, scale);
    return scale;
  }

  /** Columns [from, to) have changed, for the lines of every lane. */
  touch(from: number, to: number): void {
    for (const { raster } of this.#rasters) raster.touch(from - raster.reach, to + raster.reach);
  }

  /** Paints what is missing of a lane, and puts it on the canvas. */
  put(context: Context, band: Band, i: number, geometry: Geometry, theme: Theme, times: Ticks, shift: number): void {
    const { ratio } = geometry;
    const [top, height] = [Math.round(band.top * ratio), Math.round((band.bottom - band.top) * ratio)];
    const key = [geometry.width, times.step, shift, wordOf(theme.background)];
    for (const series of band.lane.series) key.push(series);
    for (const { low, high } of band.scales) key.push(low, high);
    let one = this.#rasters[i];
    if (one === undefined || one.raster.width !== geometry.count || one.raster.height !== height) {
      one = this.#rasters[i] = { raster: new Raster(geometry.count, height, LINE * ratio), key };
    } else if (key.length !== one.key.length || !key.every((part, at) => Object.is(part, one!.key[at]))) {
      one.raster.touch(-Infinity, Infinity);
      one.key = key;
    }
    const { raster } = one;
    const [from, to] = raster.missing(geometry.first, geometry.next);
    const begun = performance.now();
    const anew = from < to && raster.paint(from, to, groundOf(band, height, geometry, theme, times, from), strokesOf(band, height, geometry, theme, from - raster.reach, to + raster.reach));
    if (anew) this.#spent = (this.#spent || 0) + (performance.now() - begun) * 1e3;
    raster.put(context, Math.round(geometry.left * ratio), top, geometry.first);
  }

  /** Lets go of what lanes that are gone have left. */
  prune(): void {
    this.#rasters.length = Math.min(this.#rasters.length, this.bands.length);
  }
}

function chosenLanes(lines: readonly Line[], { layout }: Look): Lane[] {
  const indices = lines.map(({ index }) => index);
  if (layout === "stacked") return lines.map(({ index, unit }) => ({ unit, series: [index] }));
  const units = new Set(lines.map(({ unit }) => unit));
  return indices.length === 0 ? [] : [{ unit: units.size === 1 ? [...units].join() : "", series: indices }];
}

function member(line: Line, geometry: Geometry): Extent & { unit: string } {
  const extent = { low: Infinity, high: -Infinity };
  if (!line.hidden) line.columns.widen(geometry.first, geometry.next, extent);
  return { ...extent, unit: line.hidden ? "" : line.unit };
}

/** Moves a scale towards what its lines need, or to where a person has fixed one of them. */
function follow(scale: Scale, lines: readonly Line[], { first, next }: Geometry, elapsed: number, eased: boolean): boolean {
  const fixed = lines.flatMap(({ range }) => (range === undefined ? [] : [range]));
  if (fixed.length > 0) {
    scale.fix(Math.min(...fixed.map(([low]) => low)), Math.max(...fixed.map(([, high]) => high)));
    return true;
  }
  const extent = { low: Infinity, high: -Infinity };
  for (const line of lines) line.columns.widen(first, next, extent);
  scale.aim(extent);
  return scale.step(elapsed, eased);
}

/** The axis for a scale, which is that of the picture before where nothing has moved. */
function axisOf({ low, high }: Scale, height: number, before: Axis | undefined): Axis {
  if (before?.low === low && before.high === high && before.height === height) return before;
  const ticks = valueTicks(low, high, height);
  return { low, high, height, ticks, labels: ticks.at.map((value) => numberLabel(value, ticks.step, Math.max(Math.abs(low), Math.abs(high)))) };
}

function valueTicks(low: number, high: number, height: number): Ticks {
  if (Number.isNaN(low)) return { step: 1, at: [] };
  const count = Math.max(2, (height - TITLE) / TICK_EVERY);
  const ticks = numberTicks(low, high, count);
  return ticks.at.length < 2 ? numberTicks(low, high, 2 * count) : ticks; // one alone tells no scale
}

function groundOf(band: Band, height: number, geometry: Geometry, theme: Theme, times: Ticks, first: number): Ground {
  const { low, high } = band.scale;
  const columns = times.at.map((time) => Math.floor(time / geometry.width) - first);
  const rows = band.axis.ticks.at.map((value) => Math.round(height - ((value - low) / (high - low)) * height)).filter((y) => y >= 0 && y < height);
  return { colour: wordOf(theme.background), grid: wordOf(theme.grid), rows, column: (index) => columns.includes(index) };
}

function strokesOf(band: Band, height: number, geometry: Geometry, theme: Theme, from: number, to: number): Stroke[] {
  return band.lines.map((line, i) => {
    const { tops, bottoms } = line.room(to - from);
    spans(line, from, to, bottoms, tops); // as values: the lowest is at the bottom
    const { low, high } = band.scales[i]!;
    const perValue = height / (high - low);
    for (let k = 0; k < to - from; k++) {
      tops[k] = height - (tops[k]! - low) * perValue;
      bottoms[k] = height - (bottoms[k]! - low) * perValue;
    }
    return { tops, bottoms, colour: wordOf(theme.series[line.index % theme.series.length]!), dashes: dashes(line.index).map((px) => Math.round(px * geometry.ratio)) };
  });
}

/** As many times as there is room for their labels, with a few before and behind what is visible. */
export function timesOf(geometry: Geometry, shift: number, count: number, clock: Clock, since: number): Ticks {
  const ticks = timeTicks(geometry.start + shift, geometry.end + shift, count, clock, since);
  return { step: ticks.step, at: ticks.at.map((time) => time - shift) };
}
