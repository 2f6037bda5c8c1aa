// The pixels of one lane: a ring of columns, as many as the lane is wide. A
// column is painted once, and again when its readings or the scale change; a
// scrolling plot paints what is new, and puts the ring on the canvas in two
// parts. So a picture costs what its pixels cost, not what its readings do.
//
// A line of width 2r is a disc of radius r moved along its spans: each column
// also shows its neighbours' spans, less far up and down the further they are.

import type { Context } from "./font";

// Heights are counted in parts of a pixel, and columns from the first one that is
// painted: where a fraction or a large number is handed on, the engine makes an
// object of it, as iterators do.

const PARTS = 256; // of a pixel
const FARTHEST = 1e6; // px from a lane's top; what is further away is as far
const BLOCK = 16; // columns that are painted before they are turned into rows

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
  readonly #block: Uint32Array; // BLOCK columns, one after the other
  readonly #painted: Float64Array; // which column a slot shows; NaN for none
  readonly #half: number;
  readonly #offsets: { dx: number; weight: number; half: number }[] = []; // the weight in parts
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
    this.#block = new Uint32Array(BLOCK * height);
    this.#painted = new Float64Array(width).fill(NaN);
    const r = (this.#half = line / 2);
    this.reach = Math.max(0, Math.ceil(r + 0.5) - 1);
    for (let dx = -this.reach; dx <= this.reach; dx++) {
      const weight = Math.min(1, r + 0.5 - Math.abs(dx));
      if (dx !== 0) this.#offsets.push({ dx, weight: Math.round(weight * PARTS), half: Math.sqrt(Math.max(0.09, r * r - dx * dx)) });
    }
    this.#offsets.sort((a, b) => b.weight - a.weight);
  }

  slot(column: number): number {
    const rest = column % this.width;
    return rest < 0 ? rest + this.width : rest;
  }

  /** Columns [from, to) are to be painted again. */
  touch(from: number, to: number): void {
    const painted = this.#painted;
    if (!(to - from < this.width)) painted.fill(NaN);
    else for (let c = from, slot = this.slot(from); c < to; c++, slot = this.#behind(slot)) if (painted[slot] === c) painted[slot] = NaN; // else another is in its place
  }

  #behind(slot: number): number {
    return slot + 1 === this.width ? 0 : slot + 1;
  }

  /** The first and last column of [from, to) that are not painted, with one behind the last; the same twice where all are. */
  missing(from: number, to: number): [number, number] {
    const painted = this.#painted;
    let slot = this.slot(from);
    for (; from < to && painted[slot] === from; from++) slot = this.#behind(slot);
    slot = this.slot(to - 1);
    for (; to > from && painted[slot] === to - 1; to--) slot = slot === 0 ? this.width - 1 : slot - 1;
    return [from, to];
  }

  /** Paints columns [from, to), at most as many as there are. */
  paint(from: number, to: number, ground: Ground, strokes: readonly Stroke[]): void {
    for (let c = from; c < to; ) {
      const slot = this.slot(c);
      const count = Math.min(BLOCK, to - c, this.width - slot);
      const index = c - from;
      for (let i = 0; i < count; i++) this.#paintColumn(i * this.height, index + i, ground, strokes, from);
      this.#turn(slot, count);
      for (let i = 0; i < count; i++) this.#painted[slot + i] = c + i;
      c += count;
    }
  }

  #paintColumn(base: number, index: number, { rows, grid, colour, column }: Ground, strokes: readonly Stroke[], first: number): void {
    const block = this.#block;
    block.fill(column(index) ? grid : colour, base, base + this.height);
    for (let i = 0; i < rows.length; i++) block[base + rows[i]!] = grid;
    for (let i = 0; i < strokes.length; i++) {
      const stroke = strokes[i]!;
      const { dashes } = stroke;
      if (dashes.length === 0 || (first + index) % (dashes[0]! + dashes[1]!) < dashes[0]!) this.#stroke(base, index + this.reach, stroke);
    }
  }

  /** Draws one line in one column, `at` being its index in the spans. */
  #stroke(base: number, at: number, { tops, bottoms, colour }: Stroke): void {
    this.#colour = colour;
    this.#even = colour & 0xff00ff;
    this.#odd = (colour >>> 8) & 0xff;
    const here = tops[at]! <= bottoms[at]!; // else there is no line
    let top = here ? parts(tops[at]! - this.#half) : 0;
    let bottom = here ? parts(bottoms[at]! + this.#half) : 0;
    for (let i = 0; i < this.#offsets.length; i++) {
      const { dx, weight, half } = this.#offsets[i]!;
      if (!(tops[at + dx]! <= bottoms[at + dx]!)) continue;
      const from = parts(tops[at + dx]! - half);
      const to = parts(bottoms[at + dx]! + half);
      const apart = !here || from > bottom || to < top;
      if (weight < PARTS) {
        this.#faint(base, from, apart ? to : top, weight);
        if (!apart) this.#faint(base, bottom, to, weight);
      } else if (apart) this.#solid(base, from, to);
      else {
        top = Math.min(top, from);
        bottom = Math.max(bottom, to);
      }
    }
    if (here) this.#solid(base, top, bottom);
  }

  /** Fills from one height to another; pixels that are covered in part are blended. */
  #solid(base: number, from: number, to: number): void {
    const top = Math.max(0, from);
    const bottom = Math.min(this.height * PARTS, to);
    if (top >= bottom) return;
    const first = Math.ceil(top / PARTS);
    const last = Math.floor(bottom / PARTS);
    if (first > last) {
      this.#blend(base + last, bottom - top);
      return;
    }
    if (first * PARTS > top) this.#blend(base + first - 1, first * PARTS - top);
    if (first < last) this.#block.fill(this.#colour, base + first, base + last);
    if (bottom > last * PARTS) this.#blend(base + last, bottom - last * PARTS);
  }

  #faint(base: number, from: number, to: number, weight: number): void {
    const first = Math.max(0, Math.round(from / PARTS));
    const last = Math.min(this.height, Math.round(to / PARTS));
    for (let y = first; y < last; y++) this.#blend(base + y, weight);
  }

  #blend(at: number, part: number): void {
    const under = this.#block[at]!;
    const rest = PARTS - part;
    const even = (((under & 0xff00ff) * rest + this.#even * part) >>> 8) & 0xff00ff;
    const odd = (((under >>> 8) & 0xff) * rest + this.#odd * part) & 0xff00;
    this.#block[at] = (0xff000000 | odd | even) >>> 0;
  }

  /** Writes the block's columns as parts of the image's rows. */
  #turn(slot: number, count: number): void {
    const { width, height } = this;
    const block = this.#block;
    const words = this.#words;
    for (let y = 0; y < height; y++) {
      const row = y * width + slot;
      for (let i = 0, from = y; i < count; i++, from += height) words[row + i] = block[from]!;
    }
  }

  /** Puts the columns from `first` on the canvas, in device px. */
  put(context: Context, x: number, y: number, first: number): void {
    const slot = this.slot(first);
    const { width, height } = this;
    context.putImageData(this.#image, x - slot, y, slot, 0, width - slot, height);
    if (slot > 0) context.putImageData(this.#image, x + width - slot, y, 0, 0, slot, height);
  }
}

function parts(px: number): number {
  return Math.round(Math.min(FARTHEST, Math.max(-FARTHEST, px)) * PARTS);
}

const words = new Map<string, number>();

/** A CSS colour of three or six hexadecimal digits as a word of an ImageData. */
export function wordOf(colour: string): number {
  let word = words.get(colour);
  if (word === undefined) {
    const digits = colour.replace("#", "");
    const [r = 0, g = 0, b = 0] = (digits.length === 3 ? [...digits].map((d) => d + d) : (digits.match(/../g) ?? [])).map((pair) => parseInt(pair, 16));
    words.set(colour, (word = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0));
  }
  return word;
}
