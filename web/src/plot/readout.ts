// The readout of the cursors: a small table over the plot, on the side where the
// pointer is not. It is painted with the plot, as a table of the document would
// cost the page's thread more than all else; readers of the screen have that
// table too, see hands/readout.ts.

import { type Cuts, cutsText } from "./cuts";
import { type Context, setFont, widthOf } from "./font";
import type { Line } from "./line";
import type { Clock, Size } from "./orders";
import { colourOf, shortened } from "./sheet";
import type { Theme } from "./theme";

const EVERY = 200; // ms between two texts of a cursor that stays where it is, which nobody reads faster
const NARROW = 560; // px of a plot, up to which there is room for less
const EDGE = 8; // px to the edge of the plot, and of the text to that of the table
const SWATCH = 20; // px, with the space behind it

interface Style {
  text: number; // px
  row: number;
  gap: number; // between columns
  name: number; // that a name has at the most
  units: boolean;
}

const WIDE_STYLE: Style = { text: 13, row: 19, gap: 12, name: 160, units: true };
const NARROW_STYLE: Style = { text: 12, row: 17.5, gap: 6, name: 44, units: false };

/** What is said, and how it looks. */
export interface Sheet {
  theme: Theme;
  size: Size;
  lines: readonly Line[]; // that have rows
  clock: Clock;
  cuts: Cuts;
}

/** Texts of one row; those of columns stand to their right. */
interface Row {
  name: string;
  texts: readonly string[];
  line?: Line;
}

export class Readout {
  readonly #canvas: OffscreenCanvas | HTMLCanvasElement; // as writing costs more than all else that is painted
  readonly #context: Context;
  #rows: Row[] = [];
  #first = 0; // px of the column with the names
  #widths: number[] = []; // of the others
  #shape = ""; // for which these widths are kept, so that columns stand still
  #width = 0; // px of the table
  #height = 0;
  #key = "";
  #written = -Infinity; // ms

  constructor() {
    this.#canvas = typeof OffscreenCanvas === "function" ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
    this.#context = this.#canvas.getContext("2d") as Context;
  }

  /** Paints it, where there is a cursor. It is new at once when `where` changes, and otherwise now and then. */
  paint(context: Context, sheet: Sheet, where: string): void {
    const { theme, size, lines, clock, cuts: { hover, marks: [a, b], start, end } } = sheet;
    const at = hover ?? b ?? a;
    if (at === undefined || lines.length === 0) return;
    const key = [where, size.width, size.ratio, theme.background, theme.font, clock, ...lines.map(({ index }) => index)].join();
    const now = performance.now();
    if (key !== this.#key || now - this.#written >= EVERY) {
      [this.#key, this.#written] = [key, now];
      this.#write(sheet, size.width > NARROW ? WIDE_STYLE : NARROW_STYLE);
    }
    const left = at.time > (start + end) / 2 ? EDGE : Math.max(EDGE, size.width - this.#width - EDGE);
    const top = Math.max(EDGE, Math.min(size.top + EDGE, size.height - this.#height - EDGE)); // where it can be seen
    const [x, y] = [left, top].map((px) => Math.round(px * size.ratio) / size.ratio) as [number, number];
    context.drawImage(this.#canvas, x, y, this.#canvas.width / size.ratio, this.#canvas.height / size.ratio);
  }

  #write(sheet: Sheet, style: Style): void {
    const { theme, size: { ratio } } = sheet;
    const context = this.#context;
    this.#lay(sheet, style);
    this.#width = Math.ceil(this.#widths.reduce((sum, one) => sum + style.gap + one, this.#first)) + 2 * EDGE;
    this.#height = this.#rows.length * style.row + EDGE;
    this.#canvas.width = Math.ceil((this.#width + 1) * ratio); // which also clears it
    this.#canvas.height = Math.ceil((this.#height + 1) * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintBox(context, theme, this.#width, this.#height);
    this.#rows.forEach((row, i) => this.#paintRow(theme, style, row, EDGE / 2 + (i + 0.5) * style.row));
  }

  /** Finds the words, and how much room they need. */
  #lay({ theme, size, lines, clock, cuts }: Sheet, style: Style): void {
    const context = this.#context;
    const crowded = size.width <= NARROW && cuts.marks.every((mark) => mark !== undefined);
    const series = Math.max(...lines.map(({ index }) => index)) + 1;
    const { heads, times, rows, rate } = cutsText(crowded ? { ...cuts, hover: undefined } : cuts, series, clock)!;
    setFont(context, fontOf(style, theme));
    const named = ({ series: { name }, unit }: Line): string => `${shortened(context, name, style.name)}${style.units && unit !== "" ? `  ${unit}` : ""}`;
    this.#rows = [{ name: "", texts: heads }, { name: "Time", texts: times }, ...lines.map((line) => ({ name: named(line), texts: rows[line.index]!, line }))];
    if (rate !== "") this.#rows.push({ name: "1/Δ", texts: heads.map((_, c) => (c === heads.length - 1 ? rate : "")) });
    const shape = [size.width, ...heads, ...this.#rows.map(({ name }) => name)].join("\n");
    if (shape !== this.#shape) [this.#shape, this.#first, this.#widths] = [shape, 0, heads.map(() => 0)];
    for (const { name, texts, line } of this.#rows) {
      setFont(context, fontOf(style, theme));
      this.#first = Math.max(this.#first, widthOf(context, name) + (line === undefined ? 0 : SWATCH));
      setFont(context, fontOf(style, theme, line !== undefined));
      texts.forEach((text, c) => (this.#widths[c] = Math.max(this.#widths[c]!, widthOf(context, text))));
    }
  }

  #paintRow(theme: Theme, style: Style, { name, texts, line }: Row, y: number): void {
    const context = this.#context;
    context.textBaseline = "middle";
    context.textAlign = "left";
    setFont(context, fontOf(style, theme));
    if (line !== undefined) {
      context.fillStyle = colourOf(theme, line);
      context.fillRect(EDGE, y - 2, 12, 4);
    }
    context.fillStyle = theme.muted;
    context.fillText(name, EDGE + (line === undefined ? 0 : SWATCH), y);
    if (name !== "") context.fillStyle = theme.text;
    setFont(context, fontOf(style, theme, line !== undefined));
    context.textAlign = "right";
    let x = EDGE + this.#first;
    this.#widths.forEach((width, c) => context.fillText(texts[c]!, (x += style.gap + width), y));
  }
}

function fontOf({ text }: Style, { font }: Theme, bold = false): string {
  return `${bold ? 600 : 400} ${text}px ${font}`;
}

function paintBox(context: Context, theme: Theme, width: number, height: number): void {
  context.beginPath();
  context.roundRect(0.5, 0.5, width, height, 7);
  context.globalAlpha = 0.92;
  context.fillStyle = theme.background;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = theme.border;
  context.lineWidth = 1;
  context.stroke();
}
