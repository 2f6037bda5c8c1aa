// The plot itself, wherever it runs: it takes orders, holds the readings, paints
// the canvas and reports. A picture is painted when readings came, when the axis
// moved by a column of pixels or while something is settling, and never while
// nobody sees the page.

import { bundle } from "../bundle";
import type { Series } from "../frame";
import { Board } from "./board";
import { Edge } from "./edge";
import { figuresOf } from "./figures";
import type { Context } from "./font";
import { Gaps } from "./gaps";
import { AXIS, Geometry, TITLE } from "./geometry";
import { Line } from "./line";
import { type Look, type Order, PLAIN, type Question, type Report, type Size, type Word } from "./orders";
import type { Cursors, Overlay } from "./overlay";
import { begin, fillAround, fittingTimes, gutterOf, paintAbsent, paintDots, paintLeads, paintTimes, paintTitle, paintValues, rule } from "./sheet";
import { LEAST_SPAN, MOST_SPAN, Sight } from "./sight";
import { Store } from "./store";
import type { Theme } from "./theme";

const SECOND = 1e6; // µs
const BACKWARDS = 5 * SECOND; // readings that are older than this are of another clock
const FIRST_LANES = 1 * SECOND; // of readings, after which lanes are sorted again
const LANES_EVERY = 5 * SECOND;
const REPORT_EVERY = 100; // ms
const HIDDEN_EVERY = 1_000; // ms, while nobody sees the page
const STALE = 0.5 * SECOND; // behind the end of the axis, at least, and the device is silent
const WHOLE_STEPS = 32; // in which a view of all that is held doubles its span
const MARGIN = 4; // columns to either side of what is visible, which the width of a line reaches
const CALM_FRAMES = 0.25 * SECOND; // between moves, for who prefers reduced motion

export type Canvas = OffscreenCanvas | HTMLCanvasElement;

export class Core {
  readonly #say: (word: Word) => void;
  readonly #load: <T>(name: string) => Promise<T>;
  readonly #store = new Store();
  readonly #gaps = new Gaps();
  readonly #edge = new Edge();
  readonly #board = new Board();
  #sight = new Sight();
  #canvas: Canvas | undefined;
  #context: Context | undefined;
  #theme: Theme | undefined;
  #size: Size = { width: 0, height: 0, ratio: 1, top: 0, bottom: 0 };
  #lines: Line[] = [];
  #look: Look = PLAIN;
  #geometry: Geometry | undefined;
  #gutter = 0;
  #since = NaN; // µs: the oldest reading ever seen
  #running = true;
  #hidden = false;
  #calm = false;
  #hover: number | undefined; // CSS px
  #marks: [number | undefined, number | undefined] = [undefined, undefined]; // µs
  #overlay: Overlay | undefined; // since the first cursor or threshold
  #ready = false; // whether the canvas has its memory
  #requested = false;
  #dirty = true;
  #drawnAt = 0;
  #drawn = { first: NaN, span: NaN };
  #lanesDue = 0; // µs
  #frames = 0;
  #reported = -Infinity; // ms
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `say` takes what the page is to know; `load` gives a bundle that not every plot needs. */
  constructor(say: (word: Word) => void, load: <T>(name: string) => Promise<T> = bundle) {
    [this.#say, this.#load] = [say, load];
  }

  /** Does what it is told. */
  take(order: Order): void {
    switch (order.type) {
      case "canvas": this.paintOn(order.canvas); break;
      case "theme": this.#theme = order.theme; break;
      case "size": this.#size = order.size; break;
      case "schema": this.#declare(order.series); break;
      case "take": this.#receive(order); this.#store.trim(); break;
      case "skip":
        this.#gaps.prune(this.#store.oldest);
        if (!Number.isNaN(this.#store.newest)) this.#gaps.open(this.#store.newest, order.span);
        break;
      case "ahead": this.#edge.ahead = order.ahead; return;
      case "running": if (this.#running === order.running) return; this.#running = order.running; break;
      case "hidden": this.#hidden = order.hidden; break; // what has come meanwhile is painted at once
      case "calm": this.#calm = order.calm; break;
      case "look": this.#dress(order.look); break;
      case "pause": this.#sight.pause(); break;
      case "live": this.#sight.follow(); break;
      case "show": this.#sight.show(order.start, order.end, !this.#calm); break;
      case "pan": this.#pan(order.by); break;
      case "zoom": this.#zoom(order.at, order.by); break;
      case "stretch": this.#reach(order.at, (low, high, at) => [at - (at - low) * order.by, at + (high - at) * order.by]); break;
      case "lift": this.#reach(order.at, (low, high, _, perPixel) => [low + order.by * perPixel, high + order.by * perPixel]); break;
      case "hover": this.#hover = order.x; this.#layOver(); break;
      case "mark": this.#layOver(); this.#marks[order.which] = order.time ?? (order.x === undefined ? undefined : this.#geometry?.time(order.x)); break;
      case "ask": void this.#answer(order.id, order.question); return;
    }
    if (!this.#ready) this.#warm();
    this.#dirty = true;
    this.#request();
    this.#reportSoon();
  }

  /** Makes the canvas' memory as soon as its size is known: a worker waits there for the page's main thread, which is busy later. */
  #warm(): void {
    if (this.#context === undefined || this.#theme === undefined || this.#size.width === 0) return;
    this.#ready = true;
    this.#fit();
    begin(this.#context, this.#theme, this.#size);
    fillAround(this.#context, this.#theme, this.#size);
    this.#say({ type: "ready" });
  }

  /** Loads what lies over the plot. Where the hub is not reached, the next cursor tries again. */
  #layOver(): void {
    if (this.#overlay !== undefined) return;
    this.#load<typeof import("./overlay")>("overlay").then(
      ({ Overlay }) => {
        this.#overlay ??= new Overlay();
        this.#dirty = true;
        this.#request();
      },
      () => {},
    );
  }

  paintOn(canvas: Canvas): void {
    const context = canvas.getContext("2d", { alpha: false }) as Context | null;
    if (context === null) throw new Error("this browser has no 2d canvas");
    [this.#canvas, this.#context] = [canvas, context];
  }

  /** Takes the series. Those that are the same as before keep their readings. */
  #declare(series: readonly Series[]): void {
    const grown = this.#lines.every(({ series: { name, unit } }, i) => name === series[i]?.name && (unit ?? "") === (series[i]?.unit ?? ""));
    if (!grown) {
      this.#forget();
      this.#lines = [];
      this.#store.clear();
      this.#board.clear();
    }
    this.#store.grow(series.length);
    this.#lines = series.map((one, i) => this.#lines[i] ?? new Line(i, one, this.#store.archives[i]!, this.#gaps));
    this.#dress(this.#look);
  }

  #dress(look: Look): void {
    this.#look = look;
    if (look.thresholds.length > 0) this.#layOver();
    for (const line of this.#lines) {
      const { name } = line.series;
      line.hidden = look.hidden.includes(name);
      line.range = Object.hasOwn(look.ranges, name) ? look.ranges[name] : undefined;
      line.thresholds = look.thresholds.filter(({ series }) => series === name);
    }
    this.#lanesDue = 0;
  }

  /** Lets go of all readings: another clock, or another device's series. */
  #forget(): void {
    this.#store.clear();
    this.#store.grow(this.#lines.length);
    this.#gaps.clear();
    this.#edge.reset();
    this.#sight = new Sight();
    this.#marks = [undefined, undefined];
    this.#since = NaN;
    this.#lanesDue = 0;
    this.#lines = this.#lines.map(({ index, series }) => new Line(index, series, this.#store.archives[index]!, this.#gaps));
    this.#dress(this.#look);
    this.#board.touch(-Infinity, Infinity);
  }

  #receive({ columns, seq, late }: Order & { type: "take" }): void {
    let newest = -Infinity;
    for (const { series, count, times, values } of columns) {
      if (!late && count > 0 && times[0]! < (this.#lines[series]?.archive.newest ?? NaN) - BACKWARDS) this.#forget();
      const line = this.#lines[series];
      if (line === undefined || count === 0) continue;
      const first = times[0]!;
      const last = times[count - 1]!;
      line.archive.take(times, values, count);
      this.#touch(line, first, last);
      newest = Math.max(newest, last);
      this.#since = Number.isNaN(this.#since) ? first : Math.min(this.#since, first);
    }
    if (late) this.#gaps.fill(seq, newest);
    else if (newest !== -Infinity) this.#edge.take(newest);
  }

  /** Columns from the reading before these to the one behind them look different now. */
  #touch(line: Line, first: number, last: number): void {
    line.columns.touch(first, last);
    line.joins.reset();
    const { width } = line.columns;
    if (Number.isNaN(width)) return;
    const from = line.archive.timeBefore(line.archive.timeBefore(first)); // whose line may be one only now that the next interval is known
    const to = last === line.archive.newest ? last : line.archive.after(last + 1)?.time ?? last;
    this.#board.touch(Math.floor(from / width), Math.floor(to / width) + 1);
  }

  #pan(by: number): void {
    const { start, end } = this.#sight;
    if (this.#geometry === undefined || Number.isNaN(end)) return;
    const shift = (by * this.#sight.span) / (this.#geometry.right - this.#geometry.left);
    this.#sight.show(start - shift, end - shift, false);
  }

  #zoom(at: number, by: number): void {
    const { start, end, span, live } = this.#sight;
    const g = this.#geometry;
    if (g === undefined || Number.isNaN(end)) return;
    if (live) {
      const { window } = this.#look; // which the span may still be on its way to
      this.#change({ window: Math.min(MOST_SPAN, Math.max(LEAST_SPAN, (window === "all" ? span : window * 1e3) * by)) / 1e3 });
      return;
    }
    const part = Math.min(1, Math.max(0, (at - g.left) / (g.right - g.left)));
    const fixed = start + part * span;
    this.#sight.show(fixed - part * span * by, fixed + (1 - part) * span * by, false);
  }

  /** Gives the lane at y the range that `change` makes of its own: from its low, its high, the value at y and that of a pixel. */
  #reach(y: number, change: (low: number, high: number, at: number, perPixel: number) => [number, number]): void {
    const band = this.#board.bands.find(({ top, bottom }) => y >= top && y <= bottom);
    if (band === undefined) return;
    const ranges = { ...this.#look.ranges };
    band.lines.forEach((line, i) => {
      const { low, high } = band.scales[i]!;
      const perPixel = (high - low) / (band.bottom - band.top);
      const [from, to] = change(low, high, low + (band.bottom - y) * perPixel, perPixel);
      if (from < to && Number.isFinite(to - from)) ranges[line.series.name] = [from, to];
    });
    this.#change({ ranges });
  }

  /** Changes the look by itself, and says so. */
  #change(part: Partial<Look>): void {
    this.#dress({ ...this.#look, ...part });
    this.#say({ type: "look", look: this.#look });
  }

  #request(): void {
    if (this.#requested || this.#hidden || this.#context === undefined || this.#theme === undefined) return;
    this.#requested = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame(): void {
    this.#requested = false;
    const now = this.#edge.now();
    const elapsed = Math.min(now - this.#drawnAt, SECOND / 4);
    if (this.#calm && !this.#dirty && elapsed < CALM_FRAMES) {
      this.#request();
      return;
    }
    const settled = this.#move(now, elapsed);
    const { end, span } = this.#sight;
    const first = Math.ceil((end / span) * (this.#geometry?.count ?? 1)); // column
    if (this.#dirty || first !== this.#drawn.first || span !== this.#drawn.span) {
      this.#drawn = { first, span };
      this.#dirty = false;
      this.#dirty = !this.#draw(now, elapsed);
      this.#frames++;
    }
    this.#drawnAt = now;
    if (this.#dirty || !settled || (this.#running && this.#sight.live && this.#store.count > 0)) this.#request();
    this.#reportSoon();
  }

  /** Moves the view to where it should be now. Says whether it is there. */
  #move(now: number, elapsed: number): boolean {
    const { oldest, newest } = this.#store;
    if (Number.isNaN(newest)) return true;
    const all = this.#look.window === "all";
    const window = all ? 60 * SECOND : Number(this.#look.window) * 1e3;
    const arriving = this.#edge.step(now, elapsed, this.#running ? window : Infinity);
    let end = this.#running ? arriving : newest;
    let span = all ? wholeSpan(end - oldest) : window;
    if (!this.#running) {
      const margin = 0.012 * span;
      end += margin;
      if (all) span += 2 * margin;
    }
    return this.#sight.step({ end, span }, elapsed, this.#running && !all, !this.#calm);
  }

  /** Paints everything. Says whether all lanes have come to rest. */
  #draw(now: number, elapsed: number): boolean {
    const context = this.#context!;
    const theme = this.#theme!;
    const size = this.#size;
    this.#fit();
    begin(context, theme, size);
    if (Number.isNaN(this.#sight.end) || size.width === 0) {
      fillAround(context, theme, size);
      return true;
    }
    let geometry = this.#lay();
    if (now >= this.#lanesDue) this.#sort(now, geometry);
    const calm = this.#board.arrange(this.#lines, this.#look, geometry, size, elapsed, !this.#calm);
    const gutter = gutterOf(context, this.#board.bands);
    if (gutter !== this.#gutter) {
      this.#gutter = gutter;
      geometry = this.#lay();
    }
    fillAround(context, theme, size, this.#board.bands, geometry);
    this.#paint(context, theme, geometry, size);
    return calm;
  }

  #paint(context: Context, theme: Theme, geometry: Geometry, size: Size): void {
    const shift = Math.round(this.#edge.shift / geometry.width) * geometry.width || 0; // by whole columns, so that the grid stays where it is
    const labels = { shift, clock: this.#look.clock, since: this.#since + shift };
    const times = fittingTimes(context, geometry, labels);
    const roof = this.#board.roof(size);
    paintTimes(context, theme, geometry, times, labels, size, roof);
    const live = this.#running && this.#sight.live;
    this.#board.bands.forEach((band, i) => {
      if (i > 0) rule(context, theme, band.top - TITLE, size);
      this.#board.put(context, band, i, geometry, theme, times, shift);
      this.#overlay?.paintThresholds(context, theme, band, geometry);
      paintDots(context, theme, band, geometry);
      paintValues(context, theme, band, geometry);
      paintTitle(context, theme, band, geometry);
      if (live) paintLeads(context, theme, band, geometry);
    });
    this.#board.prune();
    rule(context, theme, size.height - AXIS, size);
    if (roof > 0) rule(context, theme, roof, size);
    const [top, bottom] = [roof, size.height - AXIS];
    paintAbsent(context, theme, this.#absent(geometry), geometry, top, bottom);
    const under = { theme, size, geometry, bands: this.#board.bands, lines: this.#lines, top, bottom, clock: labels.clock, shift: this.#edge.shift, since: this.#since, live };
    this.#overlay?.paintCursors(context, under, this.#cursors);
  }

  /** Gives the canvas as many pixels as the screen has there. */
  #fit(): void {
    const { width, height, ratio } = this.#size;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas!.width !== w) this.#canvas!.width = w;
    if (this.#canvas!.height !== h) this.#canvas!.height = h;
  }

  #lay(): Geometry {
    this.#geometry = new Geometry(this.#size, this.#gutter, this.#sight);
    this.#align(this.#geometry);
    return this.#geometry;
  }

  #align({ width, count }: Geometry): void {
    for (const line of this.#lines) line.columns.fit(width, count + 2 * MARGIN);
  }

  #sort(now: number, geometry: Geometry): void {
    const { oldest, newest } = this.#store;
    this.#lanesDue = now + (newest - oldest < FIRST_LANES ? FIRST_LANES : LANES_EVERY);
    this.#board.sort(this.#lines, this.#look, geometry);
  }

  /** The stretches of time of which frames are missing, or which the device has not spoken of yet. */
  #absent(geometry: Geometry): [number, number][] {
    const stretches: [number, number][] = [];
    for (const from of this.#gaps.within(geometry.start, geometry.end)) {
      const next = this.#lines.map((line) => line.archive.after(from + 1)?.time ?? Infinity);
      const to = Math.min(...next);
      if (to > geometry.start) stretches.push([from, to]);
    }
    const { newest } = this.#store;
    const silences = this.#lines.map(({ joins }) => joins.silence).filter(Number.isFinite); // of those that have a usual interval
    if (this.#running && silences.length > 0 && geometry.end - newest > Math.max(STALE, ...silences)) stretches.push([newest, Infinity]);
    return stretches;
  }

  get #cursors(): Cursors {
    const [g, x] = [this.#geometry, this.#hover];
    return { hover: x === undefined || g === undefined || x < g.left || x > g.right ? undefined : g.time(x), marks: this.#marks };
  }

  #reportSoon(): void {
    if (this.#timer !== undefined) return;
    const every = this.#hidden ? HIDDEN_EVERY : REPORT_EVERY;
    const wait = Math.max(0, this.#reported + every - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#reported = performance.now();
      this.#store.reserve();
      const report = this.#report();
      if (report !== undefined) this.#say({ type: "report", report });
    }, wait);
  }

  #report(): Report | undefined {
    const { oldest, rawOldest, newest, count } = this.#store;
    const g = this.#geometry;
    if (g === undefined) return undefined;
    this.#align(g); // a series may be new
    return {
      live: this.#sight.live,
      start: this.#sight.start,
      end: this.#sight.end,
      shift: this.#edge.shift,
      since: this.#since,
      oldest,
      raw: rawOldest,
      newest,
      held: count,
      left: g.left,
      right: g.right,
      lanes: this.#board.bands.map(({ lane: { series, unit }, top, bottom, scale: { low, high }, fixed }) => ({ series, unit, top, bottom, low, high, fixed })),
      figures: this.#lines.map((line) => figuresOf(line, g)),
      hover: undefined,
      marks: [undefined, undefined],
      ...this.#overlay?.cuts(this.#lines, this.#cursors),
      frames: this.#frames,
      height: this.#board.height,
    };
  }

  async #answer(id: number, question: Question): Promise<void> {
    const { find } = await this.#load<typeof import("./answers")>("answers");
    this.#say({ type: "answer", id, answer: await find(question, this.#lines, this.#canvas) });
  }
}

/** At least `span`, in steps, so that columns need not be made anew all the time. */
function wholeSpan(span: number): number {
  const step = 2 ** Math.floor(Math.log2(Math.max(LEAST_SPAN, span))) / WHOLE_STEPS;
  return Math.max(LEAST_SPAN, Math.ceil(span / step) * step);
}
