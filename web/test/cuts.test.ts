import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cuts, cutsText } from "../src/plot/cuts";

const at = (seconds: number, ...values: number[]): { time: number; values: number[] } => ({ time: seconds * 1e6, values });
const cuts = (part: Partial<Cuts>): Cuts => ({ hover: undefined, marks: [undefined, undefined], start: 0, end: 10e6, shift: 100e6, since: 0, ...part });

test("without a cursor there is nothing to say", () => {
  assert.equal(cutsText(cuts({}), 2, "start"), undefined);
});

test("a cursor tells its time since the start, and each value or that there is none", () => {
  assert.deepEqual(cutsText(cuts({ hover: at(2.5, 1234.5, NaN) }), 3, "start"), {
    heads: ["Cursor"],
    times: ["0:02.500"],
    rows: [["1,234.5"], ["–"], ["–"]],
    rate: "",
  });
});

test("with one mark the difference is that of the pointer to it, with two that of the marks", () => {
  const [a, b] = [at(1, 5), at(3, 4)];
  const one = cutsText(cuts({ hover: at(1.5, 7), marks: [a, undefined] }), 1, "start");
  assert.deepEqual([one?.heads, one?.rows, one?.times.at(-1), one?.rate], [["Cursor", "A", "Δ to A"], [["7", "5", "+2"]], "500 ms", "2 Hz"]);
  const two = cutsText(cuts({ hover: at(1.5, 7), marks: [a, b] }), 1, "start");
  assert.deepEqual([two?.heads, two?.rows, two?.times.at(-1), two?.rate], [["Cursor", "A", "B", "Δ B − A"], [["7", "5", "4", "−1"]], "2 s", "0.5 Hz"]);
  const same = cutsText(cuts({ marks: [a, a] }), 1, "start");
  assert.deepEqual([same?.rows, same?.rate], [[["5", "5", "0"]], "–"]);
});
