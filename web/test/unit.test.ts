import assert from "node:assert/strict";
import test from "node:test";

import { symbolOf } from "../src/unit";

test("units are written for people where their symbol differs", () => {
  const shown: Record<string, string> = {
    Cel: "°C", "%RH": "% RH", deg: "°", Ohm: "Ω", "m/s2": "m/s²", "/": "", // told apart in SenML, and by people
    V: "V", C: "C", lx: "lx", kWh: "kWh", "°F": "°F", "": "", constructor: "constructor", // themselves
  };
  for (const [unit, symbol] of Object.entries(shown)) assert.equal(symbolOf(unit), symbol, unit);
});
