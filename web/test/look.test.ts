import assert from "node:assert/strict";
import { test } from "node:test";
import { readLink, type Stretch, writeLink } from "../src/look";
import { type Look, PLAIN } from "../src/plot/orders";

const read = (query: string) => readLink(new URLSearchParams(query));

test("a link with everything", () => {
  assert.deepEqual(read("path=relay&window=30s&layout=stacked&scales=own&clock=utc&hide=a&hide=b+c&range=voltage:0:5&above=voltage:4.8&below=voltage:-1e-3"), {
    look: {
      window: 30_000,
      layout: "stacked",
      scales: "own",
      clock: "utc",
      hidden: ["a", "b c"],
      ranges: { voltage: [0, 5] },
      thresholds: [{ series: "voltage", above: 4.8, below: -1e-3 }],
    },
  });
  assert.deepEqual(read(""), { look: {} });
});

test("windows", () => {
  for (const [text, ms] of Object.entries({ "500ms": 500, "30": 30_000, "1.5s": 1500, "5min": 300_000, "5m": 300_000, "2h": 7_200_000, "1d": 86_400_000, all: "all" })) {
    assert.equal(read(`window=${text}`).look.window, ms, text);
  }
});

test("there and back again", () => {
  const looks: Partial<Look>[] = [
    {},
    { window: "all", clock: "start" },
    { window: 90_000, hidden: ["a&b", "x=y", "50 %", "1+1", "größe ✓", "a:b:c", "__proto__"] },
    { window: 1500, layout: "overlaid", scales: "own" },
    { ranges: Object.fromEntries(["a:b", "constructor", "__proto__"].map((name) => [name, [-1.5, 1e-9]])) },
    { thresholds: [{ series: "v", above: 1 }, { series: "v", above: 2, below: -2 }, { series: "w:x", below: 0 }] },
  ];
  for (const part of looks) {
    const look = { ...PLAIN, ...part };
    const query = writeLink(look);
    assert.deepEqual({ ...PLAIN, ...read(query).look, thresholds: [] }, { ...look, thresholds: [] }, query);
    const limits = (one: Look) => one.thresholds.flatMap(({ series, above, below }) => [`${series} above ${above}`, `${series} below ${below}`]).filter((text) => !text.endsWith("undefined")).sort();
    assert.deepEqual(limits({ ...PLAIN, ...read(query).look }), limits(look));
  }
  assert.equal(writeLink({ ...PLAIN, window: 12_345.678 }), "window=12346ms");
  assert.equal(writeLink({ ...PLAIN, window: 1.23456 }), "window=1.23ms");
  assert.equal(writeLink({ ...PLAIN, window: 30_000, hidden: ["a b"], ranges: { v: [0, 5] } }), "window=30s&hide=a+b&range=v:0:5");
});

test("what is visible", () => {
  const noon = 1767355200000000;
  for (const [start, end] of [[noon, noon + 30e6], [noon + 1, noon + 400], [noon + 123456, noon + 7.2e9 + 0.5]] as const) {
    const { shown } = read(writeLink(PLAIN, { start, end }));
    const { start: from, end: to } = shown as Stretch;
    assert.ok(from <= start && to >= end && start - from < 1e3 && to - end < 1e3, `${start} to ${end} became ${from} to ${to}`);
  }
  assert.deepEqual(read("from=2026-01-02T12:00:00Z&to=2026-01-02T12:00:30Z").shown, { start: noon, end: noon + 30e6 });
  assert.deepEqual(read("from=2026-01-02T12:00:00Z&window=30s").shown, { start: noon, end: noon + 30e6 });
  assert.deepEqual(read(`to=${noon}&window=30s`).shown, { start: noon - 30e6, end: noon });
});

test("what says nothing is passed over, and the rest holds", () => {
  for (const bad of [
    "window=0", "window=-5s", "window=1e9d", "window=soon", "window=5constructor", "window=", "window=1.2.3s", "window=NaN", "window=400d",
    "layout=__proto__", "layout=STACKED", "clock=moon",
    "range=v", "range=v:1", "range=:0:5", "range=v:5:0", "range=v:0:0", "range=v:a:b", "range=v::", "range=v:0:Infinity", "range=v: :5",
    "above=", "above=v:", "above=:5", "above=v:NaN", "below=v:1e999", "below=5",
    "from=yesterday", "from=5", "to=2026", "from=2026-01-02T12:00:30Z&to=2026-01-02T12:00:00Z", "from=NaN&to=1",
  ]) {
    assert.deepEqual(read(`${bad}&scales=own&hide=a`), { look: { scales: "own", hidden: ["a"] } }, bad);
  }
  const many = read(Array.from({ length: 5000 }, (_, i) => `hide=${i}&above=${i}:1&below=${i}:0&range=${i}:0:1`).join("&")).look;
  assert.ok(many.hidden!.length <= 256 && many.thresholds!.length <= 512 && Object.keys(many.ranges!).length <= 256);
  assert.equal(({} as Record<string, unknown>)["0"], undefined);
  assert.equal(Object.getPrototypeOf(read("range=__proto__:0:5").look.ranges), Object.prototype);
});

test("a view that shows no times", () => {
  assert.deepEqual(read("view=xy&x=a&y=b"), { look: {}, view: "xy" });
  assert.equal(read("view=spectrum&of=a").view, "spectrum");
  assert.deepEqual(read("view=time"), { look: {} });
});
