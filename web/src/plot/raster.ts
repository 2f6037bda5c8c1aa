// The pixels of one lane: a ring of columns, as many as the lane is wide. A
// column is painted once, and again when its readings or the scale change; a
// scrolling plot paints what is new, and puts the ring on the canvas in two
// parts. So a picture costs what its pixels cost, not what its readings do.
//
// A line of width 2r is a disc of radius r moved along its spans: each column
// also shows its neighbours' spans, less far up and down the further they are.

import type { Context } from "./font";
import { wrap } from "./wrap";

// Heights are counted in parts of a pixel, and columns from the first one that is
// painted: where a fraction or a large number is handed on, the engine makes an
// object of it, as iterators do.

const BITS = 8; // of a height or a weight for parts of a pixel; as many as a colour's, for #blend
const PARTS = 1 << BITS;
const FARTHEST = 1e6; // px from a lane's top; what is further away is as far

/** One series' line in device pixels from the lane's top: spans of columns [from − reach, to + reach). */
export interface Stroke {
  tops: Float64Array;
  bottoms: Float64Array;
  colour: number; // of an ImageData's bytes, as one little-endian word
  dashes: readonly number[]; // device px: drawn, left out; none is solid
}

/** What is behind the lines. */
export interface Ground {
  colour: number;
  grid: number; // colour
  rows: readonly number[]; // device px from the top that have a line of the grid
  column(index: number): boolean; // whether a column has one, counted from the first that is painted
}

export class Raster {
  readonly width: number; // device px
  readonly height: number;
  readonly #image: ImageData;
  readonly #words: Uint32Array;
  readonly #painted: Float64Array; // which column a slot shows; NaN for none
  readonly #tops: Int32Array; // of the line that is drawn, in parts
  readonly #bottoms: Int32Array;
  readonly #half: number; // in parts
  readonly #offsets: { dx: number; weight: number; half: number }[] = []; // weight and half in parts
  #colour = 0; // of the stroke that is drawn, and its even and odd bytes
  #even = 0;
  #odd = 0;
  /** How many columns to either side of a column touch it. */
  readonly reach: number;

  /** For lines of that width, all in device px. */
  constructor(width: number, height: number, line: number) {
    [this.width, this.height] = [width, height];
    this.#image = new ImageData(width, height);
    this.#words = new Uint32Array(this.#image.data.buffer);
    this.#painted = new Float64Array(width).fill(NaN);
    const r = line / 2;
    this.#half = parts(r);
    this.reach = Math.max(0, Math.ceil(r + 0.5) - 1);
    for (let dx = -this.reach; dx <= this.reach; dx++) {
      const weight = Math.min(1, r + 0.5 - Math.abs(dx));
      if (dx !== 0) this.#offsets.push({ dx, weight: parts(weight), half: parts(Math.sqrt(Math.max(0.09, r * r - dx * dx))) });
    }
    this.#offsets.sort((a, b) => b.weight - a.weight);
    this.#tops = new Int32Array(width + 2 * this.reach);
    this.#bottoms = new Int32Array(width + 2 * this.reach);
  }

  #slot(column: number): number {
    return wrap(column, this.width);
  }

  /** Columns [from, to) are to be painted again. */
  touch(from: number, to: number): void {
    const painted = this.#painted;
    if (!(to - from < this.width)) painted.fill(NaN);
    else for (let c = from, slot = this.#slot(from); c < to; c++, slot = this.#behind(slot)) if (painted[slot] === c) painted[slot] = NaN; // else another is in its place
  }

  #behind(slot: number): number {
    return slot + 1 === this.width ? 0 : slot + 1;
  }

  /** The first and last column of [from, to) that are not painted, with one behind the last; the same twice where all are. */
  missing(from: number, to: number): [number, number] {
    const painted = this.#painted;
    let slot = this.#slot(from);
    for (; from < to && painted[slot] === from; from++) slot = this.#behind(slot);
    slot = this.#slot(to - 1);
    for (; to > from && painted[slot] === to - 1; to--) slot = slot === 0 ? this.width - 1 : slot - 1;
    return [from, to];
  }

  /** Paints columns [from, to), at most as many as there are. Says whether those are all. */
  paint(from: number, to: number, ground: Ground, strokes: readonly Stroke[]): boolean {
    const whole = to - from === this.width;
    if (whole) this.#blank(ground);
    for (let i = 0, slot = this.#slot(from); i < to - from; i++, slot = this.#behind(slot)) {
      const upright = ground.column(i);
      if (upright || !whole) this.#lay(slot, ground, upright);
      this.#painted[slot] = from + i;
    }
    for (const stroke of strokes) this.#draw(stroke, from, to);
    return whole;
  }

  /** Fills all columns with what is behind the lines, but for the grid's upright lines. */
  #blank({ rows, grid, colour }: Ground): void {
    const { width } = this;
    this.#words.fill(colour);
    for (const y of rows) this.#words.fill(grid, y * width, (y + 1) * width);
  }

  /** Fills one column with what is behind the lines. */
  #lay(slot: number, { rows, grid, colour }: Ground, upright: boolean): void {
    const words = this.#words;
    const { width } = this;
    for (let at = slot; at < words.length; at += width) words[at] = upright ? grid : colour;
    for (let i = 0; i < rows.length; i++) words[rows[i]! * width + slot] = grid;
  }

  /** Draws a line in columns [from, to). */
  #draw({ tops, bottoms, colour, dashes: [drawn = 1, out = 0] }: Stroke, from: number, to: number): void {
    this.#colour = colour;
    this.#even = colour & 0xff00ff;
    this.#odd = (colour >>> 8) & 0xff;
    for (let k = 0; k < to - from + 2 * this.reach; k++) {
      const some = tops[k]! <= bottoms[k]!;
      this.#tops[k] = some ? parts(tops[k]!) : 1;
      this.#bottoms[k] = some ? parts(bottoms[k]!) : 0; // above the top: there is no line
    }
    const period = drawn + out;
    let dash = wrap(from, period);
    for (let i = 0, slot = this.#slot(from); i < to - from; i++, slot = this.#behind(slot)) {
      if (dash < drawn) this.#stroke(slot, i + this.reach);
      dash = dash + 1 === period ? 0 : dash + 1;
    }
  }

  /** Draws the line in one column, `at` being its index in the spans. */
  #stroke(slot: number, at: number): void {
    const tops = this.#tops;
    const bottoms = this.#bottoms;
    const here = tops[at]! <= bottoms[at]!;
    let top = tops[at]! - this.#half;
    let bottom = bottoms[at]! + this.#half;
    for (let i = 0; i < this.#offsets.length; i++) {
      const { dx, weight, half } = this.#offsets[i]!;
      if (tops[at + dx]! > bottoms[at + dx]!) continue;
      const from = tops[at + dx]! - half;
      const to = bottoms[at + dx]! + half;
      const apart = !here || from > bottom || to < top;
      if (weight < PARTS) {
        this.#faint(slot, from, apart ? to : top, weight);
        if (!apart) this.#faint(slot, bottom, to, weight);
      } else if (apart) this.#solid(slot, from, to);
      else {
        if (from < top) top = from;
        if (to > bottom) bottom = to;
      }
    }
    if (here) this.#solid(slot, top, bottom);
  }

  /** Fills from one height to another; pixels that are covered in part are blended. */
  #solid(slot: number, from: number, to: number): void {
    const top = from < 0 ? 0 : from;
    const bottom = to > this.height << BITS ? this.height << BITS : to;
    if (top >= bottom) return;
    const first = (top + PARTS - 1) >> BITS;
    const last = bottom >> BITS;
    if (first > last) {
      this.#blend(slot, last, bottom - top);
      return;
    }
    if (first << BITS > top) this.#blend(slot, first - 1, (first << BITS) - top);
    const words = this.#words;
    const colour = this.#colour;
    const { width } = this;
    for (let at = first * width + slot, end = last * width; at < end; at += width) words[at] = colour;
    if (bottom > last << BITS) this.#blend(slot, last, bottom - (last << BITS));
  }

  #faint(slot: number, from: number, to: number, weight: number): void {
    const first = from < 0 ? 0 : (from + PARTS / 2) >> BITS;
    const last = Math.min(this.height, (to + PARTS / 2) >> BITS);
    for (let y = first; y < last; y++) this.#blend(slot, y, weight);
  }

  #blend(slot: number, y: number, part: number): void {
    const at = y * this.width + slot;
    const under = this.#words[at]!;
    const rest = PARTS - part;
    const even = (((under & 0xff00ff) * rest + this.#even * part) >>> 8) & 0xff00ff;
    const odd = (((under >>> 8) & 0xff) * rest + this.#odd * part) & 0xff00;
    this.#words[at] = (0xff000000 | odd | even) >>> 0;
  }

  /** Puts the columns from `first` on the canvas, in device px. */
  put(context: Context, x: number, y: number, first: number): void {
    const slot = this.#slot(first);
    const { width, height } = this;
    context.putImageData(this.#image, x - slot, y, slot, 0, width - slot, height);
    if (slot > 0) context.putImageData(this.#image, x + width - slot, y, 0, 0, slot, height);
  }
}

function parts(px: number): number {
  return Math.round(Math.min(FARTHEST, Math.max(-FARTHEST, px)) * PARTS);
}

const colours = new Map<string, number>();

/** A CSS colour of three or six hexadecimal digits as a word of an ImageData. */
export function wordOf(colour: string): number {
  let word = colours.get(colour);
  if (word === undefined) {
    const digits = colour.replace("#", "");
    const [r = 0, g = 0, b = 0] = (digits.length === 3 ? [...digits].map((d) => d + d) : (digits.match(/../g) ?? [])).map((pair) => parseInt(pair, 16));
    colours.set(colour, (word = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0));
  }
  return word;
}
