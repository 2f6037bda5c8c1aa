// The pixels of one lane: a ring of columns, as many as the lane is wide. A
// column is painted once, and again when its readings or the scale change; a
// scrolling plot paints what is new, and puts the ring on the canvas in two
// parts. So a picture costs what its pixels cost, not what its readings do.
//
// A line of width 2r is a disc of radius r moved along its spans: each column
// also shows its neighbours' spans, less far up and down the further they are.

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
  column(c: number): boolean; // whether a column has one
}

export class Raster {
  readonly width: number; // device px
  readonly height: number;
  readonly #image: ImageData;
  readonly #words: Uint32Array;
  readonly #block: Uint32Array; // BLOCK columns, one after the other
  readonly #painted: Float64Array; // which column a slot shows; NaN for none
  readonly #half: number;
  readonly #offsets: { dx: number; weight: number; half: number }[] = [];
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
      if (dx !== 0) this.#offsets.push({ dx, weight, half: Math.sqrt(Math.max(0.09, r * r - dx * dx)) });
    }
    this.#offsets.sort((a, b) => b.weight - a.weight);
  }

  slot(column: number): number {
    const rest = column % this.width;
    return rest < 0 ? rest + this.width : rest;
  }

  /** Columns [from, to) are to be painted again. */
  touch(from: number, to: number): void {
    if (!(to - from < this.width)) this.#painted.fill(NaN);
    else for (let c = from; c < to; c++) if (this.#painted[this.slot(c)] === c) this.#painted[this.slot(c)] = NaN; // else another is in its place
  }

  /** The first and last column of [from, to) that are not painted, with one behind the last; the same twice where all are. */
  missing(from: number, to: number): [number, number] {
    while (from < to && this.#painted[this.slot(from)] === from) from++;
    while (to > from && this.#painted[this.slot(to - 1)] === to - 1) to--;
    return [from, to];
  }

  /** Paints columns [from, to), at most as many as there are. */
  paint(from: number, to: number, ground: Ground, strokes: readonly Stroke[]): void {
    for (let c = from; c < to; ) {
      const slot = this.slot(c);
      const count = Math.min(BLOCK, to - c, this.width - slot);
      for (let i = 0; i < count; i++) this.#paintColumn(c + i, i * this.height, c + i - from, ground, strokes);
      this.#turn(slot, count);
      for (let i = 0; i < count; i++) this.#painted[slot + i] = c + i;
      c += count;
    }
  }

  #paintColumn(column: number, base: number, index: number, ground: Ground, strokes: readonly Stroke[]): void {
    const block = this.#block;
    block.fill(ground.column(column) ? ground.grid : ground.colour, base, base + this.height);
    for (const row of ground.rows) block[base + row] = ground.grid;
    for (const stroke of strokes) {
      const [on = 0, off = 0] = stroke.dashes;
      if (off > 0 && column % (on + off) >= on) continue;
      this.#stroke(base, index + this.reach, stroke);
    }
  }

  /** Draws one line in one column, `at` being its index in the spans. */
  #stroke(base: number, at: number, { tops, bottoms, colour }: Stroke): void {
    let top = tops[at]! - this.#half;
    let bottom = bottoms[at]! + this.#half;
    for (const { dx, weight, half } of this.#offsets) {
      const from = tops[at + dx]! - half;
      const to = bottoms[at + dx]! + half;
      if (!(from < to)) continue; // no line there
      if (weight < 1) {
        const apart = !(from <= bottom && to >= top);
        this.#faint(base, from, apart ? to : top, colour, weight);
        if (!apart) this.#faint(base, bottom, to, colour, weight);
      } else if (from <= bottom && to >= top) [top, bottom] = [Math.min(top, from), Math.max(bottom, to)];
      else this.#solid(base, from, to, colour);
    }
    this.#solid(base, top, bottom, colour);
  }

  /** Fills from one height to another; pixels that are covered in part are blended. */
  #solid(base: number, from: number, to: number, colour: number): void {
    const top = Math.max(0, from);
    const bottom = Math.min(this.height, to);
    if (!(top < bottom)) return;
    const first = Math.ceil(top);
    const last = Math.floor(bottom);
    if (first > last) {
      this.#blend(base + last, colour, bottom - top);
      return;
    }
    if (first > top) this.#blend(base + first - 1, colour, first - top);
    if (first < last) this.#block.fill(colour, base + first, base + last);
    if (bottom > last) this.#blend(base + last, colour, bottom - last);
  }

  #faint(base: number, from: number, to: number, colour: number, weight: number): void {
    const first = Math.max(0, Math.round(from));
    const last = Math.min(this.height, Math.round(to));
    for (let y = first; y < last; y++) this.#blend(base + y, colour, weight);
  }

  #blend(at: number, colour: number, part: number): void {
    const under = this.#block[at]!;
    const a = Math.round(part * 256);
    const even = (((under & 0xff00ff) * (256 - a) + (colour & 0xff00ff) * a) >>> 8) & 0xff00ff;
    const odd = (((under >>> 8) & 0xff) * (256 - a) + ((colour >>> 8) & 0xff) * a) & 0xff00;
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
  put(context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D, x: number, y: number, first: number): void {
    const slot = this.slot(first);
    const { width, height } = this;
    context.putImageData(this.#image, x - slot, y, slot, 0, width - slot, height);
    if (slot > 0) context.putImageData(this.#image, x + width - slot, y, 0, 0, slot, height);
  }
}

/** A CSS colour of three or six hexadecimal digits as a word of an ImageData. */
export function wordOf(colour: string): number {
  const digits = colour.replace("#", "");
  const [r = 0, g = 0, b = 0] = (digits.length === 3 ? [...digits].map((d) => d + d) : (digits.match(/../g) ?? [])).map((pair) => parseInt(pair, 16));
  return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
}
