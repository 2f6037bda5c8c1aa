// What a person lays over the plot: cursors with their readout, and thresholds.
// A bundle of its own, which comes with the first of them.

import type { Band } from "./board";
import type { Context } from "./font";
import type { Geometry } from "./geometry";
import type { Line } from "./line";
import type { Clock, Cut, Size } from "./orders";
import { Readout } from "./readout";
import { colourOf, yOf } from "./sheet";
import type { Theme } from "./theme";

/** The cursors' times in µs of the device: under the pointer, and those that stay. */
export interface Cursors {
  hover: number | undefined;
  marks: readonly [number | undefined, number | undefined];
}

/** What of the plot they stand over. */
export interface Under {
  theme: Theme;
  size: Size;
  geometry: Geometry;
  bands: readonly Band[];
  lines: readonly Line[];
  top: number; // CSS px
  bottom: number;
  clock: Clock;
  shift: number; // as in a Report
  since: number;
  live: boolean; // the view moves by itself
}

export class Overlay {
  readonly #readout = new Readout();
  readonly paintThresholds = paintThresholds;

  /** The lines' values at the cursors. */
  cuts(lines: readonly Line[], { hover, marks }: Cursors): { hover: Cut | undefined; marks: [Cut | undefined, Cut | undefined] } {
    const at = (time: number | undefined): Cut | undefined => (time === undefined ? undefined : cutAt(lines, time));
    return { hover: at(hover), marks: [at(marks[0]), at(marks[1])] };
  }

  /** Paints the cursors, and what they say. */
  paintCursors(context: Context, under: Under, cursors: Cursors): void {
    const { theme, size, geometry, bands, lines, top, bottom, clock, shift, since, live } = under;
    const { hover, marks } = this.cuts(lines, cursors);
    marks.forEach((cut, i) => cut && paintCursor(context, theme, cut, "AB"[i]!, bands, geometry, top, bottom));
    if (hover !== undefined) paintCursor(context, theme, hover, "", bands, geometry, top, bottom);
    const cuts = { hover, marks, start: geometry.start, end: geometry.end, shift, since };
    const seen = lines.filter(({ hidden }) => !hidden);
    const where = [hover === undefined ? "" : Math.round(geometry.x(hover.time) * geometry.ratio), ...cursors.marks, live ? "" : geometry.start].join();
    this.#readout.paint(context, { theme, size, lines: seen, clock, cuts }, where);
  }
}

/** The lines' values at a time: of the nearest reading at or before it, and none where the line is broken there. */
function cutAt(lines: readonly Line[], time: number): Cut {
  const values = lines.map((line) => {
    const before = line.archive.before(time + 1);
    const after = line.archive.after(time + 1);
    if (before === undefined) return NaN;
    if (after === undefined) return time - before.time <= line.joins.silence ? before.value : NaN;
    return before.time >= time || line.joins.between(before.time, after.time) ? before.value : NaN;
  });
  return { time, values };
}

/** The limits that a person has set, and the values beyond them. */
function paintThresholds(context: Context, theme: Theme, band: Band, geometry: Geometry): void {
  for (let i = 0; i < band.lines.length; i++) {
    const line = band.lines[i]!;
    for (const { above, below } of line.thresholds) {
      for (const [limit, over] of [[above, true], [below, false]] as const) {
        if (limit === undefined) continue;
        const y = Math.min(band.bottom, Math.max(band.top, yOf(limit, band.scales[i]!, band)));
        context.fillStyle = theme.bad;
        context.globalAlpha = 0.09;
        context.fillRect(geometry.left, over ? band.top : y, geometry.right - geometry.left, over ? y - band.top : band.bottom - y);
        context.globalAlpha = 1;
        for (let x = geometry.left; x < geometry.right; x += 10) context.fillRect(x, y - 0.5, 6, 1);
      }
    }
  }
}

/** A vertical line at a time, with a dot on each line that has a value there. */
function paintCursor(context: Context, theme: Theme, cut: Cut, name: string, bands: readonly Band[], geometry: Geometry, top: number, bottom: number): void {
  const x = geometry.x(cut.time);
  if (x < geometry.left || x > geometry.right) return;
  context.fillStyle = name === "" ? theme.muted : theme.accent;
  context.fillRect(Math.round(x * geometry.ratio) / geometry.ratio, top, 1, bottom - top);
  for (const band of bands) {
    band.lines.forEach((line, i) => {
      const y = yOf(cut.values[line.index] ?? NaN, band.scales[i]!, band);
      if (!(y >= band.top && y <= band.bottom)) return;
      context.fillStyle = colourOf(theme, line);
      context.strokeStyle = theme.background;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x + 0.5, y, 3.6, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    });
  }
  if (name !== "") paintFlag(context, theme, name, x, top, geometry);
}

function paintFlag(context: Context, theme: Theme, name: string, x: number, top: number, geometry: Geometry): void {
  const left = Math.min(x, geometry.right - 16);
  context.fillStyle = theme.accent;
  context.fillRect(left, top, 16, 16);
  context.fillStyle = theme.background;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(name, left + 8, top + 8.5);
}
