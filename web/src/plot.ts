// The live plot: one canvas, one lane below the other, one time axis.
//
//	append ──> Ring (raw readings, one a series) ──> drawTrace ──> canvas
//	             │                                       ↑
//	             ├─ Extent ──> assignLanes, Scale (y) ───┤
//	Arrivals ────┴────────────────────────> View (x) ────┘
//
// Readings keep their device's time; the view runs in that time too, and only
// the labels are moved to the viewer's. A frame is drawn when readings came,
// when the axis moved by a part of a pixel or while something is settling, and
// never while the page is hidden.

import { Arrivals, Wall } from "./arrival";
import { assignLanes, sameLanes, type Lane } from "./lanes";
import { paintPlot, type Band, type Line } from "./paint";
import { Ring } from "./ring";
import { readTheme, type Theme } from "./theme";
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
const MOST_PIXELS = 16_000; // high; browsers refuse canvases that are higher
const BACKWARDS = 5 * SECOND; // readings that are older than this are of another clock
const LEAST_SPAN = 1e3; // µs

export interface SeriesInfo {
  name: string;
  unit?: string;
}

export interface Readings {
  series: number;
  count: number;
  times: Float64Array; // µs since 1970, of the device's clock
  values: Float64Array | Float32Array;
}

export class Plot {
  /** How much time is shown, in ms, or all that is held. */
  #span: number | "all" = 10_000;
  #running = true;
  #schema: SeriesInfo[] = [];
  #rings: Ring[] = [];
  #lanes: Lane[] = [];
  #scales = new Map<number, Scale>(); // by a lane's first series
  #lanesDue = 0; // µs
  #view = new View();
  #delay = NaN;
  #labelShift = NaN; // from the device's time to the viewer's, as the labels have it
  #arrivals = new Arrivals();
  #wall = new Wall(() => this.#arrivals.reset());
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
  set schema(schema: readonly SeriesInfo[]) {
    const grown = this.#schema.every((s, i) => s.name === schema[i]?.name && (s.unit ?? "") === (schema[i]?.unit ?? ""));
    if (!grown) this.clear();
    this.#schema = [...schema];
    const limit = Math.min(MOST_READINGS, 2 ** Math.floor(Math.log2(MOST_READINGS_IN_ALL / Math.max(1, schema.length))));
    while (this.#rings.length < schema.length) this.#rings.push(new Ring(limit));
    this.#lanesDue = 0;
    this.#wake();
  }

  append(columns: readonly Readings[]): void {
    const now = this.#wall.now();
    let newest = -Infinity;
    for (const column of columns) {
      const ring = this.#rings[column.series];
      if (ring === undefined || column.count === 0) continue;
      if (ring.end > ring.start && column.times[0]! < ring.time(ring.end - 1) - BACKWARDS) this.#forget();
      for (let i = 0; i < column.count; i++) ring.push(column.times[i]!, column.values[i]!);
      newest = Math.max(newest, column.times[column.count - 1]!);
    }
    if (newest === -Infinity) return;
    this.#arrivals.take(newest, now);
    this.#wake();
  }

  /** The next readings are not joined to those before: some are missing in between. */
  gap(): void {
    for (const ring of this.#rings) ring.break();
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
    this.#arrivals.reset();
    this.#view = new View();
    this.#delay = this.#labelShift = NaN;
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
    const now = this.#wall.now();
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
    const offset = this.#arrivals.offset(this.#running ? window || 60 * SECOND : Infinity);
    const eased = !this.#calm.matches;
    if (oldest > newest) return true;
    this.#labelShift = Math.abs(offset - this.#labelShift) < 0.1 * SECOND
      ? this.#labelShift + (offset - this.#labelShift) * (1 - Math.exp(-elapsed / SECOND))
      : offset;
    let end = newest;
    if (this.#running) {
      const delay = this.#arrivals.delay();
      this.#delay = Number.isNaN(this.#delay) ? delay : this.#delay + (delay - this.#delay) * (1 - Math.exp(-elapsed / SECOND));
      end = now - offset - this.#delay;
    }
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
    const ratio = this.#fit();
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
      labelShift: this.#labelShift,
      lead: this.#running,
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

  /** Gives the canvas as many pixels as the screen has there. Returns device pixels per pixel. */
  #fit(): number {
    const { clientWidth, clientHeight } = this.#canvas;
    const ratio = Math.min(devicePixelRatio, MOST_PIXELS / Math.max(1, clientHeight));
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    return ratio;
  }
}
