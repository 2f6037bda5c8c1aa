// What the page and the plot say to each other. The plot lives in a worker where
// the browser lets it paint there, and on the page where it does not; the words
// are the same. The viewer beside it gives it orders, too: what it takes.
//
//	page ──> Order ──> Core (archive, columns, raster, axes) ──> canvas
//	     <── Report, ten times a second, and Answer to what was asked

import type { Column, Series } from "../frame";
import type { Span } from "../span";
import type { Theme } from "./theme";

export type Layout = "auto" | "stacked" | "overlaid"; // lanes by unit and size, one a series, one for all
export type Scales = "shared" | "own"; // one y axis a lane, or one a series
export type Clock = "local" | "utc" | "start"; // what times are told in

/** A limit of a series; both ends are optional. */
export interface Threshold {
  series: string;
  above?: number; // marked when the value is higher
  below?: number; // or lower
}

/** How a person wants to see the plot. What names a series goes by its name. */
export interface Look {
  window: number | "all"; // ms, or all that is held
  layout: Layout;
  scales: Scales;
  clock: Clock;
  hidden: string[];
  ranges: Record<string, [number, number]>; // fixed y ranges, by series
  thresholds: Threshold[];
}

export const PLAIN: Look = { window: 10_000, layout: "auto", scales: "shared", clock: "local", hidden: [], ranges: {}, thresholds: [] };

/** The canvas on the screen, in CSS pixels. */
export interface Size {
  width: number;
  height: number;
  ratio: number; // device pixels per CSS pixel
  top: number; // of the part that is on screen
  bottom: number;
}

export type Order =
  | { type: "canvas"; canvas: OffscreenCanvas }
  | { type: "theme"; theme: Theme }
  | { type: "size"; size: Size }
  | { type: "schema"; series: Series[] }
  | { type: "take"; columns: Column[]; seq: number; late: boolean } // a frame's readings; of one that is late, older ones than came before
  | { type: "skip"; span: Span | undefined } // the next readings are not joined to those before
  | { type: "ahead"; ahead: number | undefined } // µs that the device's clock is ahead of clock.ts's micros
  | { type: "running"; running: boolean } // whether the time axis runs with the clock, or stands at the newest reading
  | { type: "hidden"; hidden: boolean } // nobody sees the page
  | { type: "calm"; calm: boolean } // reduced motion is preferred
  | { type: "look"; look: Look }
  | { type: "pause" } // the view stands still; the stream goes on
  | { type: "live" } // the view follows now again
  | { type: "show"; start: number; end: number } // µs of the device's time; pauses
  | { type: "pan"; by: number } // CSS px to the right; pauses
  | { type: "zoom"; at: number; by: number } // by > 1 shows more time; at, in CSS px, stays where it is, or now does while the view is live
  | { type: "stretch"; at: number; by: number } // the same for the values of the lane at y, which gets a fixed range
  | { type: "lift"; at: number; by: number } // moves the values of the lane at y by so many CSS px
  | { type: "hover"; x: number | undefined } // CSS px, of the pointer
  | { type: "mark"; which: 0 | 1; x?: number; time?: number } // a cursor that stays, at CSS px or µs; neither takes it away
  | { type: "ask"; id: number; question: Question };

/** Readings [from, to] in µs of the device's time, as text those of the series that are not hidden; all that are held where both are missing. */
export type Question =
  | { about: "text"; format: "csv" | "ndjson"; from?: number; to?: number } // answered with a Blob
  | { about: "picture" } // with a PNG
  | { about: "readings"; from: number; to: number; series: number[]; most: number }; // raw ones, the newest `most` of each series

export type Answer = { blob: Blob } | { readings: { times: Float64Array; values: Float64Array }[] };

/** A series over what is visible. All NaN where it has no reading there. */
export interface Figures {
  last: number; // of all that came
  lastTime: number; // µs, likewise
  count: number;
  low: number;
  high: number;
  mean: number;
  deviation: number; // standard, of the whole
  rate: number; // readings/s
  over: boolean; // the last value is beyond a threshold
}

/** A time with each series' value there (of the nearest reading at or before it; NaN in a gap). */
export interface Cut {
  time: number; // µs of the device's time
  values: number[];
}

/** One y axis. */
export interface LaneReport {
  series: number[]; // indices in the schema
  unit: string;
  top: number; // CSS px
  bottom: number;
  low: number;
  high: number;
  fixed: boolean;
}

export interface Report {
  live: boolean; // the view follows now
  start: number; // µs of the device's time: what is visible
  end: number;
  shift: number; // µs from the device's time to the viewer's
  since: number; // µs: the oldest reading that ever came; NaN where none did
  oldest: number; // µs: what is held, slices included; NaN where nothing is
  raw: number; // µs: since when raw readings are held
  newest: number;
  held: number; // raw readings
  left: number; // CSS px of the lanes' boxes
  right: number;
  lanes: LaneReport[];
  figures: Figures[]; // by series
  hover: Cut | undefined;
  marks: [Cut | undefined, Cut | undefined];
  frames: number; // painted since the start
  height: number; // CSS px that all lanes need at the least
}

/** What comes out of the plot. */
export type Word =
  | { type: "ready" } // what comes next is painted without waiting for the page
  | { type: "report"; report: Report }
  | { type: "look"; look: Look } // an order has changed it: a live view was zoomed, values were moved
  | { type: "answer"; id: number; answer: Answer };
