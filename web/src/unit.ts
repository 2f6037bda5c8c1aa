// How SenML's units (RFC 8428, section 12.1; RFC 8798) are written for people:
// those whose symbol is another. All else is shown as it is.

import type { Series } from "./frame";

const SYMBOLS: Record<string, string> = {
  Cel: "°C",
  Ohm: "Ω",
  deg: "°",
  lat: "° N", // positive to the north
  lon: "° E",
  "%RH": "% RH",
  "%EL": "%", // of a battery's energy
  EL: "s", // that a battery lasts
  "/": "", // a ratio
  "/100": "%",
  "/1000": "‰",
  Bspl: "B SPL",
  m2: "m²",
  m3: "m³",
  "m/s2": "m/s²",
  "m3/s": "m³/s",
  "W/m2": "W/m²",
  "cd/m2": "cd/m²",
  "kg/m3": "kg/m³",
  "ug/m3": "µg/m³",
};

/** A series with its unit as people write it. */
export function forPeople(series: Series): Series {
  return series.unit === undefined ? series : { ...series, unit: symbolOf(series.unit) };
}

/** The symbol of a unit, for people. */
export function symbolOf(unit: string): string {
  return Object.hasOwn(SYMBOLS, unit) ? SYMBOLS[unit]! : unit;
}
