// Numbers in words, as the planes tell them.

import { apart, decimalsOf, minus } from "../plot/axis";

/** A value with so many significant digits and its unit: "−1.234 V". */
export function valueText(value: number, unit = "", digits = 4): string {
  return withUnit(numberText(value, digits), unit);
}

function numberText(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return minus(value.toExponential(digits - 1).replace("e+", "e"));
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(apart(value.toFixed(Math.min(12, decimals))));
}

/** A frequency with as many digits as its resolution tells apart, and one more. */
export function frequencyText(hertz: number, resolution: number): string {
  return `${apart(hertz.toFixed(Math.min(9, decimalsOf(resolution) + 1)))} Hz`;
}

/** A number with so many digits after the point, and never −0. */
export function fixedText(value: number, decimals: number): string {
  return minus(value.toFixed(decimals).replace(/^-(?=[0.]*$)/, ""));
}

/** A span of time: "10.0 s", "2.50 ms". */
export function spanText(micros: number): string {
  if (micros < 1e3) return `${Number(micros.toPrecision(3))} µs`;
  if (micros < 1e6) return `${Number((micros / 1e3).toPrecision(3))} ms`;
  if (micros < 120e6) return `${Number((micros / 1e6).toPrecision(3))} s`;
  return micros < 7200e6 ? `${Number((micros / 60e6).toPrecision(3))} min` : `${Number((micros / 3600e6).toPrecision(3))} h`;
}

/** "voltage in V", or the name alone. */
export function titleOf({ name, unit = "" }: { name: string; unit?: string }): string {
  return unit === "" ? name : `${name} in ${unit}`;
}

function withUnit(text: string, unit: string): string {
  return unit === "" ? text : `${text} ${unit}`;
}
