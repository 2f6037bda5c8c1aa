// The view as a link carries it, behind the question mark:
//
//	window=30s          500ms, 30s, 5min, 2h, 1d or all; a bare number is seconds
//	layout=stacked      or overlaid; scales=own; clock=utc or start
//	hide=NAME           once for each series
//	range=NAME:0:5      a fixed y range; above=NAME:4.8 and below=NAME:4.2 are limits
//	from=…&to=…         the past, in ISO 8601 or µs of the device's time; one of them with the window does, too
//	view=xy&x=A&y=B     a series over another; view=spectrum&of=NAME, with amplitude=decibel and frequency=log where
//	                    axes are logarithmic: planes.ts reads these
//
// Links come from anywhere: a part that says nothing is passed over, and the
// rest holds. The page loads the reader where its address says anything, and the
// writer with what shares.

import { type Look, PLAIN, type Threshold } from "./plot/orders";

export interface Stretch {
  start: number; // µs of the device's time
  end: number;
}

export interface Linked {
  look: Partial<Look>; // as far as the link tells it
  shown?: Stretch; // where it shows the past
  view?: "xy" | "spectrum"; // where it shows no times
}

const UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5 };
const LONGEST = 366 * 864e5; // ms
const MOST = 256; // of a kind: a device has no more series

export function readLink(query: URLSearchParams): Linked {
  const look: Partial<Look> = {};
  const text = query.get("window") ?? "";
  const window = text === "all" ? text : spanOf(text);
  const [layout, scales, clock] = [query.get("layout"), query.get("scales"), query.get("clock")];
  if (window === "all" || (window > 0 && window <= LONGEST)) look.window = window;
  if (layout === "auto" || layout === "stacked" || layout === "overlaid") look.layout = layout;
  if (scales === "shared" || scales === "own") look.scales = scales;
  if (clock === "local" || clock === "utc" || clock === "start") look.clock = clock;

  const hidden = query.getAll("hide").slice(0, MOST);
  const ranges = numbered(query, "range", 2).filter(([, [low = 0, high = 0]]) => low < high);
  const thresholds: Threshold[] = numbered(query, "above", 1).map(([series, [above = 0]]) => ({ series, above }));
  for (const [series, [below = 0]] of numbered(query, "below", 1)) {
    const half = thresholds.find((one) => one.series === series && one.below === undefined);
    if (half === undefined) thresholds.push({ series, below });
    else half.below = below;
  }
  if (hidden.length > 0) look.hidden = [...new Set(hidden)];
  if (ranges.length > 0) look.ranges = Object.fromEntries(ranges) as Record<string, [number, number]>;
  if (thresholds.length > 0) look.thresholds = thresholds;

  const width = (typeof look.window === "number" ? look.window : NaN) * 1e3;
  const [from, to] = [momentOf(query.get("from")), momentOf(query.get("to"))];
  const [start, end] = [from ?? to! - width, to ?? from! + width];
  const view = query.get("view");
  return { look, ...(start < end && { shown: { start, end } }), ...((view === "xy" || view === "spectrum") && { view }) };
}

/** The parts NAME:number… of that key. A name may hold colons. */
function numbered(query: URLSearchParams, key: string, count: number): [string, number[]][] {
  return query
    .getAll(key)
    .slice(0, MOST)
    .map((text): [string, number[]] => {
      const parts = text.split(":");
      const numbers = parts.splice(-count).map((part) => (part.trim() === "" ? NaN : Number(part)));
      return [parts.join(":"), numbers];
    })
    .filter(([name, numbers]) => name !== "" && numbers.every(Number.isFinite));
}

function spanOf(text: string): number {
  const [, number, unit = ""] = /^([\d.]+)([a-z]*)$/.exec(text) ?? [];
  return Number(number) * (Object.hasOwn(UNITS, unit || "s") ? UNITS[unit || "s"]! : NaN);
}

function momentOf(text: string | null): number | undefined {
  const micros = /^\d+$/.test(text ?? "") ? Number(text) : Date.parse(text ?? "") * 1e3;
  return Number.isFinite(micros) ? micros : undefined;
}

/** The same view as a query, without the question mark. What is as it always is needs no words, but the window is told. */
export function writeLink(look: Look, shown?: Stretch): string {
  const parts: [string, string][] = [["window", look.window === "all" ? look.window : spanText(look.window)]];
  for (const key of ["layout", "scales", "clock"] as const) if (look[key] !== PLAIN[key]) parts.push([key, look[key]]);
  for (const name of look.hidden) parts.push(["hide", name]);
  for (const [name, [low, high]] of Object.entries(look.ranges)) parts.push(["range", `${name}:${low}:${high}`]);
  for (const key of ["above", "below"] as const) {
    for (const one of look.thresholds) if (one[key] !== undefined) parts.push([key, `${one.series}:${one[key]}`]);
  }
  if (shown !== undefined) {
    const text = momentsAs(shown.end - shown.start);
    parts.push(["from", text(Math.floor(shown.start), Math.floor)], ["to", text(Math.ceil(shown.end), Math.ceil)]);
  }
  return queryOf(parts);
}

/** Keys and values as a query, without the question mark. */
export function queryOf(parts: readonly (readonly [string, string])[]): string {
  return parts.map(([key, value]) => `${key}=${plainly(value)}`).join("&");
}

/** How the ends of so many µs are written: as ISO 8601, rounded to ms outwards, or in µs where that would show. */
function momentsAs(width: number): (micros: number, round: (ms: number) => number) => string {
  return (micros, round) => (width < 1e6 ? String(micros) : new Date(round(micros / 1e3)).toISOString());
}

export function spanText(exactly: number): string {
  const ms = exactly < 100 ? Number(exactly.toPrecision(3)) : Math.round(exactly); // zooming makes any number
  for (const unit of ["d", "h", "min", "s"]) if (ms % UNITS[unit]! === 0) return `${ms / UNITS[unit]!}${unit}`;
  return `${ms}ms`;
}

/** Encodes no more than a query needs. */
function plainly(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%20", "+");
}
