// The live plot: one canvas, one lane below the other, one time axis.
//
//	append ──> Ring (raw readings, one a series) ──> drawTrace ──> canvas
//	             │                                       ↑
//	             ├─ Extent ──> assignLanes, Scale (y) ───┤
//	Edge ────────┴────────────────────────> View (x) ────┘
//
// Readings keep their device's time; the view runs in that time too, and only
// the labels are moved to the viewer's. A frame is drawn when readings came,
// when the axis moved by a part of a pixel or while something is settling, and
// never while the page is hidden.

import { Edge } from "./edge";
import type { Column, Series } from "./frame";
import { Gaps } from "./gaps";
import { assignLanes, sameLanes, type Lane } from "./lanes";
import { fitCanvas, paintPlot, type Band, type Line } from "./paint";
import { Ring } from "./ring";
import type { Span } from "./span";
import { readTheme, type Theme } from "./plot/theme";
import { Scale, View } from "./view";

const SECOND = 1e6; // µs
const MOST_READINGS = 1 << 18; // a series
const MOST_READINGS_IN_ALL = 1 << 22; // 64 MiB
const LEAST_LANE = 72; // px
const AXIS = 28; // px
const FIRST_LANES = 1 * SECOND; // of readings, after which lanes are sorted again
const LANES_EVERY = 5 * SECOND;
const LEAST_SHIFT = 0.25; // device pixels; a smaller move is not drawn
const SLOW_DRAW = 10; // ms; if drawing takes longer, every other frame is left out
const CALM_FRAMES = 0.25 * SECOND; // between moves, for who prefers reduced motion
const BACKWARDS = 5 * SECOND; // readings that are older than this are of another clock
const LEAST_SPAN = 1e3; // µs

export class Plot {
  /** How much time is shown, in ms, or all that is held. */
  #span: number | "all" = 10_000;
  #running = true;
  #schema: Series[] = [];
  #rings: Ring[] = [];
  #lanes: Lane[] = [];
  #scales = new Map<number, Scale>(); // by a lane's first series
  #lanesDue = 0; // µs
  #view = new View();
  #gaps = new Gaps();
  readonly #edge = new Edge();
  #theme: Theme;
  #requested = false;
  #dirty = true;
  #drawnAt = 0;
  #drawnEnd = NaN;
  #cost = 0; // ms, smoothed
  #skipped = false;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #stage: HTMLElement;

  /** Draws on the canvas, which fills `stage`; the stage is made higher when the lanes need it. */
  constructor(canvas: HTMLCanvasElement, stage: HTMLElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser has no 2d canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#stage = stage;
    this.#theme = readTheme(canvas);
    new ResizeObserver(() => this.#wake()).observe(stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#theme = readTheme(canvas);
      this.#wake();
    });
    document.addEventListener("visibilitychange", () => this.#wake());
    addEventListener("scroll", () => this.#wake(), { passive: true });
    this.#wake();
  }

  set span(span: number | "all") {
    this.#span = span;
    this.#wake();
  }

  /** Whether the time axis runs with the clock, or stands at the newest reading. */
  set running(running: boolean) {
    if (running === this.#running) return;
    this.#running = running;
    this.#wake();
  }

  /** Takes the series. Those that are the same as before keep their readings. */
  set schema(schema: readonly Series[]) {
    const grown = this.#schema.every((s, i) => s.name === schema[i]?.name && (s.unit ?? "") === (schema[i]?.unit ?? ""));
    if (!grown) this.clear();
    this.#schema = [...schema];
    const limit = Math.min(MOST_READINGS, 2 ** Math.floor(Math.log2(MOST_READINGS_IN_ALL / Math.max(1, schema.length))));
    while (this.#rings.length < schema.length) this.#rings.push(new Ring(limit));
    this.#lanesDue = 0;
    this.#wake();
  }

  /** How far the device's clock is ahead of this page's (micros in clock.ts), once that was measured, in µs. */
  set ahead(ahead: number | undefined) {
    this.#edge.ahead = ahead;
  }

  append(columns: readonly Column[]): void {
    let newest = -Infinity;
    for (const column of columns) {
      const ring = this.#rings[column.series];
      if (ring === undefined || column.count === 0) continue;
      if (ring.end > ring.start && column.times[0]! < ring.time(ring.end - 1) - BACKWARDS) this.#forget();
      for (let i = 0; i < column.count; i++) ring.push(column.times[i]!, column.values[i]!);
      newest = Math.max(newest, column.times[column.count - 1]!);
    }
    if (newest === -Infinity) return;
    this.#edge.take(newest);
    this.#wake();
  }

  /** Takes the readings of a frame that is late: they go where they belong, and the gap there closes. */
  insert(columns: readonly Column[], seq: number): void {
    let end = -Infinity;
    for (const column of columns) {
      this.#rings[column.series]?.insert(column.times, column.values, column.count);
      end = Math.max(end, column.times[column.count - 1] ?? end);
    }
    this.#gaps.fill(seq, end);
    this.#wake();
  }

  /** The next readings are not joined to those before: frames are missing in between, until they come late. */
  skip(span: Span | undefined): void {
    const [oldest, newest] = this.#held();
    this.#gaps.prune(oldest);
    if (newest !== -Infinity) this.#gaps.open(newest, span);
    this.#wake();
  }

  /** Forgets series and readings: another device is watched. */
  clear(): void {
    this.#forget();
    this.#schema = [];
    this.#rings = [];
    this.#lanes = [];
    this.#scales.clear();
    this.#wake();
  }

  /** Whether any reading is held. */
  get empty(): boolean {
    return this.#rings.every((ring) => ring.end === ring.start);
  }

  #forget(): void {
    for (const ring of this.#rings) ring.clear();
    this.#gaps.clear();
    this.#edge.reset();
    this.#view = new View();
    this.#lanesDue = 0;
  }

  #wake(): void {
    this.#dirty = true;
    this.#request();
  }

  #request(): void {
    if (this.#requested || document.hidden) return; // visibilitychange wakes it again
    this.#requested = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame(): void {
    this.#requested = false;
    const now = this.#edge.now();
    const elapsed = Math.min(now - this.#drawnAt, SECOND / 4);
    if (this.#tooSoon(elapsed)) {
      this.#request();
      return;
    }
    const settled = this.#moveView(now, elapsed);
    const shift = Math.abs(this.#view.end - this.#drawnEnd) * this.#perMicro() * devicePixelRatio;
    if (this.#dirty || !settled || !(shift < LEAST_SHIFT)) {
      this.#dirty = false;
      this.#drawnEnd = this.#view.end;
      const began = performance.now();
      const calm = this.#draw(now, elapsed);
      this.#cost += 0.1 * (performance.now() - began - this.#cost);
      this.#dirty ||= !calm;
    }
    this.#drawnAt = now;
    if (this.#dirty || !settled || (this.#running && !this.empty)) this.#request();
  }

  /** Whether this frame is left out: drawing costs too much, or the viewer wants calm. */
  #tooSoon(elapsed: number): boolean {
    if (this.#calm.matches) return !this.#dirty && elapsed < CALM_FRAMES;
    this.#skipped = this.#cost > SLOW_DRAW && !this.#skipped;
    return this.#skipped;
  }

  /** Moves the view to where it should be now. Says whether it is there. */
  #moveView(now: number, elapsed: number): boolean {
    const [oldest, newest] = this.#held();
    const window = this.#span === "all" ? 0 : this.#span * 1e3;
    const eased = !this.#calm.matches;
    if (oldest > newest) return true;
    const arriving = this.#edge.step(now, elapsed, this.#running ? window || 60 * SECOND : Infinity);
    let end = this.#running ? arriving : newest;
    const whole = this.#span === "all";
    let start = whole ? Math.min(oldest, end - LEAST_SPAN) : end - window;
    if (!this.#running) {
      const margin = 0.012 * (end - start);
      end += margin;
      if (whole) start -= margin;
    }
    return this.#view.step(start, end, elapsed, this.#running && !whole, eased);
  }

  /** The times of the oldest and the newest reading held. */
  #held(): [number, number] {
    let oldest = Infinity;
    let newest = -Infinity;
    for (const ring of this.#rings) {
      if (ring.end === ring.start) continue;
      oldest = Math.min(oldest, ring.time(ring.start));
      newest = Math.max(newest, ring.time(ring.end - 1));
    }
    return [oldest, newest];
  }

  #perMicro(): number {
    return this.#canvas.clientWidth / Math.max(1, this.#view.end - this.#view.start);
  }

  /** Draws everything. Says whether all lanes have come to rest. */
  #draw(now: number, elapsed: number): boolean {
    const lines = this.#lines();
    if (now >= this.#lanesDue) this.#sortLanes(lines, now);
    const ratio = fitCanvas(this.#canvas);
    let calm = true;
    const bands: Band[] = this.#lanes.map((lane) => {
      const scale = this.#scales.get(lane.series[0]!) ?? new Scale();
      this.#scales.set(lane.series[0]!, scale);
      const extent = { low: Infinity, high: -Infinity };
      for (const series of lane.series) {
        const line = lines[series]!;
        line.ring.widen(extent, line.from, line.to);
      }
      scale.aim(extent);
      calm = scale.step(elapsed, !this.#calm.matches) && calm;
      return { scale, unit: lane.unit, lines: lane.series.map((series) => lines[series]!) };
    });
    const rect = this.#canvas.getBoundingClientRect();
    paintPlot(this.#context, this.#theme, bands, {
      width: rect.width,
      height: rect.height,
      ratio,
      visible: { top: -rect.top, bottom: innerHeight - rect.top },
      start: this.#view.start,
      end: this.#view.end,
      labelShift: this.#edge.shift,
      lead: this.#running,
      gaps: this.#gaps,
    });
    return calm;
  }

  /** Every series with the range of its readings that is in view, and one more on either side. */
  #lines(): Line[] {
    return this.#rings.map((ring, series) => {
      const first = ring.lowerBound(this.#view.start);
      const from = Math.max(ring.start, first - 1);
      const to = Math.min(ring.end, ring.lowerBound(this.#view.end, first) + 1);
      return { series, name: this.#schema[series]!.name, ring, from, to };
    });
  }

  #sortLanes(lines: readonly Line[], now: number): void {
    const [oldest, newest] = this.#held();
    this.#lanesDue = now + (newest - oldest < FIRST_LANES ? FIRST_LANES : LANES_EVERY);
    const members = lines.map((line) => {
      const extent = { low: Infinity, high: -Infinity };
      line.ring.widen(extent, line.from, line.to);
      return { ...extent, unit: this.#schema[line.series]!.unit ?? "" };
    });
    const lanes = assignLanes(members, this.#lanes);
    if (sameLanes(lanes, this.#lanes)) return;
    this.#lanes = lanes;
    const leaders = new Set(lanes.map((lane) => lane.series[0]));
    for (const series of this.#scales.keys()) if (!leaders.has(series)) this.#scales.delete(series);
    const need = lanes.length * LEAST_LANE + 2 * AXIS;
    this.#stage.style.minHeight = lanes.length > 1 ? `${need}px` : "";
  }
}
