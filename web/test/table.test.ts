import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { csv, ndjson, type Table } from "../src/plot/table";

interface Example {
  tables: { name: string; unit: string; times: number[]; values: number[] }[];
  csv: string;
  ndjson: string;
}

const examples = JSON.parse(readFileSync("../testdata/export.json", "utf8")) as Record<string, Example>;

function table(name: string, unit: string, times: number[], values: number[]): Table {
  return { name, unit, times: Float64Array.from(times), values: Float64Array.from(values) };
}

for (const [name, example] of Object.entries(examples)) {
  const tables = example.tables.map((one) => table(one.name, one.unit, one.times, one.values));
  test(`${name} as CSV`, async () => assert.equal(await (await csv(tables)).text(), example.csv));
  test(`${name} as NDJSON`, async () => assert.equal(await (await ndjson(tables)).text(), example.ndjson));
}

test("what is no reading is left out", async () => {
  const tables = [table("a", "", [1, 2, 3], [NaN, 1, Infinity]), table("b", "", [1, 4], [-0, NaN])];
  assert.equal(await (await csv(tables)).text(), "time,a,b\n1970-01-01T00:00:00.000001Z,,-0\n1970-01-01T00:00:00.000002Z,1,\n");
  assert.equal((await (await ndjson(tables)).text()).trim().split("\n").length, 2);
});

test("nothing at all", async () => {
  assert.equal(await (await csv([])).text(), "time\n");
  assert.equal(await (await csv([table("a", "V", [], [])])).text(), "time,a (V)\n");
  assert.equal(await (await ndjson([table("a", "V", [], [])])).text(), "");
});

test("times that no calendar has", async () => {
  const far = 9.1e18;
  assert.equal(await (await csv([table("a", "", [-1, far], [1, 2])])).text(), `time,a\n1969-12-31T23:59:59.999999Z,1\n${far},2\n`);
});

test("a header that a spreadsheet would run", async () => {
  const names = ["=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "-5V rail", "+5V"];
  const [header] = (await (await csv(names.map((name) => table(name, "V", [], [])))).text()).split("\n");
  assert.equal(header, "time,'=1+1 (V),'@SUM(1) (V),'+cmd|' /C calc'!A0 (V),-5V rail (V),+5V (V)");
});

test("many readings, in more than one piece, by value", async () => {
  const n = 50_000;
  const times = Array.from({ length: n }, (_, i) => 1767366245123456 + i * 333);
  const tables = [table("a", "V", times, times.map((_, i) => Math.sin(i) * 1e-7)), table("b", "", times.map((time) => time + 100), times.map((_, i) => i / 3))];
  const rows = (await (await csv(tables)).text()).trimEnd().split("\n").slice(1).map((row) => row.split(","));
  const lines = (await (await ndjson(tables)).text()).trimEnd().split("\n").map((line) => JSON.parse(line) as { t: string; series: string; v: number });
  assert.equal(rows.length, 2 * n);
  assert.equal(lines.length, 2 * n);
  for (const [series, { name, values }] of tables.entries()) {
    const cells = rows.filter((row) => row[series + 1] !== "");
    assert.deepEqual(cells.map((row) => Number(row[series + 1])), [...values]);
    assert.deepEqual(lines.filter((line) => line.series === name).map(({ v }) => v), [...values]);
  }
  const micros = rows.map(([stamp = ""]) => Date.parse(`${stamp.slice(0, 19)}Z`) * 1e3 + Number(stamp.slice(20, 26)));
  assert.deepEqual(micros, tables.flatMap((one) => [...one.times]).sort((a, b) => a - b));
  assert.deepEqual(lines.map(({ t }) => t), rows.map(([stamp]) => stamp));
});
