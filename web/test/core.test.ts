import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { Core } from "../src/plot/core";
import * as overlay from "../src/plot/overlay";
import { type Order, PLAIN, type Report, type Word } from "../src/plot/orders";

const START = 1.79e15; // µs

/** A plot on a canvas that nobody sees, in time that the test moves. */
class Table {
  readonly words: Word[] = [];
  pictures = 0; // parts of lanes that were put on the canvas
  readonly core = new Core((word) => this.words.push(word), async <T>() => overlay as T);
  #frames: (() => void)[] = [];
  #time = 0; // µs since START that readings have been made for

  constructor(t: TestContext) {
    t.after(() => {
      mock.timers.reset();
      mock.restoreAll();
    });
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: START / 1e3 });
    const context = new Proxy({} as Record<string, unknown>, {
      get: (_, key) => (key === "measureText" ? (text: string) => ({ width: 6 * text.length }) : key === "putImageData" ? () => this.pictures++ : () => {}),
      set: () => true,
    });
    Object.assign(globalThis, {
      OffscreenCanvas: class {
        getContext = (): unknown => context;
      },
      ImageData: class {
        readonly data: Uint8ClampedArray;
        constructor(readonly width: number, readonly height: number) {
          this.data = new Uint8ClampedArray(4 * width * height);
        }
      },
      requestAnimationFrame: (paint: () => void) => this.#frames.push(paint),
    });
    mock.method(performance, "now", () => Date.now() - START / 1e3);
    this.core.paintOn({ getContext: () => context, width: 0, height: 0 } as unknown as HTMLCanvasElement);
    this.order({ type: "theme", theme: { background: "#fff", grid: "#eee", border: "#ddd", text: "#000", muted: "#555", accent: "#077", bad: "#b00", series: ["#06b"], font: "sans-serif" } });
    this.order({ type: "size", size: { width: 1000, height: 500, ratio: 1, top: 0, bottom: 500 } });
    this.order({ type: "look", look: { ...PLAIN, window: 10_000 } });
    this.order({ type: "schema", series: [{ name: "ramp", unit: "V" }] });
  }

  order(order: Order): void {
    this.core.take(order);
  }

  /** Lets so many ms go by, with a frame every 20 ms, and 100 readings a second whose value is the seconds since START. */
  pass(ms: number, frame = 20): void {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      mock.timers.tick(frame);
      const due = Date.now() * 1e3 - START;
      const times = Float64Array.from({ length: Math.floor((due - this.#time) / 1e4) }, (_, i) => START + this.#time + i * 1e4);
      this.#time += times.length * 1e4;
      if (times.length > 0) this.order({ type: "take", seq: 1, late: false, columns: [{ series: 0, count: times.length, times, values: times.map((time) => (time - START) / 1e6) }] });
      for (const paint of this.#frames.splice(0)) paint();
    }
  }

  get report(): Report {
    const last = this.words.findLast((word) => word.type === "report");
    assert.ok(last !== undefined);
    return last.report;
  }
}

function near(got: number, want: number, within: number): void {
  assert.ok(Math.abs(got - want) <= within, `${got} is not ${want} ± ${within}`);
}

test("a live plot follows now; a paused one stands while readings are taken; live is now again", (t) => {
  const table = new Table(t);
  table.pass(15_000);
  near(table.report.end, START + 15e6, 150e3);
  near(table.report.end - table.report.start, 10e6, 1);
  table.order({ type: "pause" });
  table.pass(500);
  const { start, end, live } = table.report;
  assert.equal(live, false);
  table.pass(5000);
  assert.deepEqual([table.report.start, table.report.end], [start, end]);
  near(table.report.newest, START + 20.5e6, 150e3);
  near(table.report.held, 2050, 15);
  table.order({ type: "live" });
  table.pass(1500);
  near(table.report.end, START + 22e6, 150e3);
});

test("what is hidden is not painted, and is up to date at once when it is seen again", (t) => {
  const table = new Table(t);
  table.pass(2000);
  table.order({ type: "hidden", hidden: true });
  table.pass(100);
  const before = table.pictures;
  table.pass(60_000);
  assert.equal(table.pictures, before);
  near(table.report.held, 6210, 120); // it reports once a second
  table.order({ type: "hidden", hidden: false });
  table.pass(140);
  assert.ok(table.pictures > before);
  table.pass(1000);
  near(table.report.end, START + 63.24e6, 300e3);
});

/** Lets painting a lane anew take so many ms, and counts how often it is. */
function dear(ms: number): { pictures: number } {
  const anew = { pictures: 0 };
  const { fill } = Uint32Array.prototype;
  mock.method(Uint32Array.prototype, "fill", function (this: Uint32Array, ...how: Parameters<typeof fill>) {
    if (how.length === 1) {
      anew.pictures++;
      mock.timers.tick(ms);
    }
    return fill.apply(this, how);
  });
  return anew;
}

for (const [ms, how, least, most] of [[0, "by and by", 2, 6], [15, "at once where painting its lane takes most of a frame", 1, 1.6]] as const) {
  test(`a scale goes to where it should be ${how}`, (t) => {
    const table = new Table(t);
    dear(ms);
    table.pass(12_000);
    table.order({ type: "look", look: { ...PLAIN, window: 1_000 } });
    table.pass(700);
    const { low, high } = table.report.lanes[0]!;
    assert.ok(high - low > least && high - low < most, `${low} to ${high}`);
  });
}

test("a scale that travels stands still in most pictures where painting its lane takes longer than a frame", (t) => {
  const table = new Table(t);
  const anew = dear(8);
  table.pass(12_000, 5);
  table.order({ type: "look", look: { ...PLAIN, window: 1_000 } });
  table.pass(1_300, 5); // the window travels too
  const before = { pictures: anew.pictures, frames: table.report.frames };
  table.pass(300, 5);
  const frames = table.report.frames - before.frames;
  const painted = anew.pictures - before.pictures;
  assert.ok(painted > 5 && painted <= frames / 2, `${painted} of ${frames}`);
});

test("a paused view zooms about the pointer and pans with it", (t) => {
  const table = new Table(t);
  table.pass(12_000);
  table.order({ type: "pause" });
  table.pass(200);
  const { start, end, left, right } = table.report;
  const at = left + 0.25 * (right - left);
  table.order({ type: "zoom", at, by: 0.5 });
  table.pass(200);
  near(table.report.start + 0.25 * (table.report.end - table.report.start), start + 0.25 * (end - start), 2e3);
  near(table.report.end - table.report.start, 5e6, 1e3);
  table.order({ type: "pan", by: 0.1 * (right - left) });
  const before = table.report.start;
  table.pass(200);
  near(table.report.start, before - 0.5e6, 2e3);
});

test("a live view that is zoomed stays live, and says what its window is now", (t) => {
  const table = new Table(t);
  table.pass(12_000);
  table.order({ type: "zoom", at: 500, by: 0.5 });
  table.pass(1000);
  assert.equal(table.report.live, true);
  near(table.report.end - table.report.start, 5e6, 1e3);
  const look = table.words.findLast((word) => word.type === "look");
  assert.equal(look?.look.window, 5000);
});

test("figures and cursors tell what the readings are", async (t) => {
  const table = new Table(t);
  table.pass(12_000);
  table.order({ type: "show", start: START + 2e6, end: START + 8e6 });
  table.pass(1000);
  const [figures] = table.report.figures;
  assert.ok(figures !== undefined);
  near(figures.low, 2, 0.02);
  near(figures.high, 8, 0.02);
  near(figures.mean, 5, 0.02);
  near(figures.deviation, 6 / Math.sqrt(12), 0.02);
  near(figures.rate, 100, 0.2);
  table.order({ type: "mark", which: 0, time: START + 3e6 });
  table.order({ type: "mark", which: 1, time: START + 7.004e6 });
  await Promise.resolve(); // what tells the values is there
  table.pass(200);
  assert.deepEqual(table.report.marks.map((cut) => cut?.values[0]), [3, 7]); // of the reading at or before it
});

test("fixed ranges hold, and a limit tells that the value is beyond it", (t) => {
  const table = new Table(t);
  table.order({ type: "look", look: { ...PLAIN, ranges: { ramp: [-5, 50] }, thresholds: [{ series: "ramp", above: 4 }] } });
  table.pass(3000);
  assert.deepEqual(table.report.lanes.map(({ low, high, fixed }) => [low, high, fixed]), [[-5, 50, true]]);
  assert.equal(table.report.figures[0]?.over, false);
  table.pass(2000);
  assert.equal(table.report.figures[0]?.over, true);
});
