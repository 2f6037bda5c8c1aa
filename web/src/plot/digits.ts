// Values, times and spans of time as people read and write them.

import { apart, minus, timeLabel } from "./axis";
import type { Clock } from "./orders";

const DIGITS = 6; // significant ones of a fraction
const SECOND = 1e6; // µs
const DAY = 86400 * SECOND;
const NONE = "–";

/** A value: whole numbers with all their digits, others with six. */
export function valueText(value: number): string {
  if (Number.isNaN(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return minus(value.toExponential(4).replace("e+", "e"));
  if (Number.isInteger(value)) return minus(apart(String(value)));
  const decimals = Math.max(1, DIGITS - 1 - Math.floor(Math.log10(size)));
  return minus(apart(value.toFixed(decimals).replace(/\.?0+$/, "")));
}

/** A difference: a value with its sign. */
export function differenceText(value: number): string {
  return value > 0 ? `+${valueText(value)}` : valueText(value);
}

/** A value with its unit. */
export function withUnit(value: number, unit = ""): string {
  return unit === "" ? valueText(value) : `${valueText(value)} ${unit}`;
}

const SPANS: [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"]];

/** A span of time in µs, by three digits: "12.3 s", "2 min 30 s". */
export function spanText(micros: number): string {
  const seconds = Math.abs(micros) / SECOND;
  if (seconds >= 60) {
    const at = SPANS.findIndex(([size]) => seconds >= size);
    const [size, word] = SPANS[at]!;
    const [finer, finerWord] = SPANS[at + 1]!;
    const parts = Math.round(seconds / finer);
    const rest = parts % (size / finer);
    return `${Math.floor(parts / (size / finer))} ${word}${rest > 0 ? ` ${rest} ${finerWord}` : ""}`;
  }
  return exactSpanText(micros, 3);
}

/** A span of time in µs, in one unit, with its sign. */
export function exactSpanText(micros: number, digits = DIGITS): string {
  const seconds = Math.abs(micros) / SECOND;
  if (seconds < 1e-6) return "0 s";
  const [size, word] = SPANS.slice(3).find(([one]) => seconds >= one) ?? [1, "s"];
  return `${micros < 0 ? "−" : ""}${Number((seconds / size).toPrecision(digits))} ${word}`;
}

/** What a person wrote for a span of time, in µs: "2.5 min", "10" (seconds), "1h 30min". NaN where it is none. */
export function spanOf(text: string): number {
  const rest = text.trim().toLowerCase().replace(/(\d),(\d)/g, "$1.$2");
  if (!/^(\d+(\.\d*)?|\.\d+)\s*[a-zµ]*(\s*(\d+(\.\d*)?|\.\d+)\s*[a-zµ]+)*$/.test(rest)) return NaN;
  let micros = 0;
  for (const [, number, word] of rest.matchAll(/([\d.]+)\s*([a-zµ]*)/g)) {
    const size = word === "" ? 1 : SPANS.find(([, one]) => one === word || (one === "min" && word === "m") || (one === "µs" && word === "us"))?.[0];
    micros += Number(number) * (size ?? NaN) * SECOND;
  }
  return micros;
}

/** What a person wrote for a value. Undefined where it is nothing, NaN where it is no number. */
export function numberOf(text: string): number | undefined {
  const plain = text.trim().replace("−", "-").replace(/^(-?\d*),(\d+)$/, "$1.$2");
  if (plain === "") return undefined;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** A time as the axis tells it, with the digits that a hundredth of `span` needs. `micros` is the viewer's time, `since` of the same. */
export function timeText(micros: number, clock: Clock, since: number, span: number): string {
  if (Number.isNaN(micros)) return NONE;
  const time = timeLabel(micros, Math.min(SECOND, span / 100), clock, since);
  return span >= DAY && clock !== "start" ? `${timeLabel(micros, DAY, clock)} ${time}` : time;
}
