// The stream, in a worker: messages with typed arrays, as a socket would bring
// them. First a window full of readings, as fast as they are taken; then as they
// are made, 50 times a second or as often as needed.
//
//	page ── Begin ──>  worker
//	     <── Batch, … , "full", Batch, …    the batches to the port, where there is one
//	     ── "taken" ─>  (a message of the filling)

import { type Batch, nowMs, type Setup } from "./contestant";

const MOST = 4096; // readings in a message
const EVERY = 20; // ms
const AHEAD = 64; // messages that are under way while the window is filled
const FILL_WITHIN = 45_000; // ms; then the stream goes on at now

export interface Begin {
  setup: Setup;
  port: MessagePort | undefined;
}

export type Told = Batch | { full: boolean }; // full says whether there was time for all of the window

/** What the types of a page do not have. */
const here = globalThis as unknown as { postMessage(message: Told, transfer?: Transferable[]): void };

let under = 0; // messages under way
let port: MessagePort | undefined;
let taken = (): void => {};
let noise = 1;

const answered = (): void => {
  under--;
  taken();
};

self.onmessage = ({ data }: MessageEvent<Begin | "taken">): void => {
  if (data === "taken") {
    answered();
    return;
  }
  port = data.port;
  if (port !== undefined) port.onmessage = answered;
  void stream(data.setup);
};

async function stream(setup: Setup): Promise<void> {
  const step = (1e6 * setup.series) / setup.rate; // µs between two rows
  const most = Math.floor(MOST / setup.series);
  const begun = Math.floor((nowMs() - setup.window) * 1e3);
  let rows = 0;
  let seq = 0;
  const due = (): number => Math.floor((nowMs() * 1e3 - begun) / step);
  const send = (count: number): void => {
    under++;
    post(make(++seq, begun, rows, count, step, setup.series));
    rows += count;
  };

  const stop = performance.now() + FILL_WITHIN;
  while (rows < due() && performance.now() < stop) {
    send(Math.min(most, due() - rows));
    if (under >= AHEAD) await new Promise<void>((resolve) => (taken = resolve));
  }
  const full = rows >= due() - most;
  if (!full) rows = due();
  here.postMessage({ full } satisfies Told);
  setInterval(() => {
    for (const end = due(); rows < end; ) send(Math.min(most, end - rows));
  }, EVERY);
}

function post(batch: Batch): void {
  (port ?? here).postMessage(batch satisfies Told, [batch.columns[0]!.times.buffer as ArrayBuffer]); // which holds all of it
}

/** A sine for each series, with noise, and a spike now and then. */
function make(seq: number, begun: number, first: number, count: number, step: number, series: number): Batch {
  const bytes = new ArrayBuffer(8 * count * (series + 1)); // as a socket's message has one
  const times = new Float64Array(bytes, 0, count);
  for (let i = 0; i < count; i++) times[i] = Math.floor(begun + (first + i) * step);
  const columns: Batch["columns"] = [];
  for (let s = 0; s < series; s++) {
    const values = new Float64Array(bytes, 8 * count * (s + 1), count);
    for (let i = 0; i < count; i++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      const v = Math.sin(((times[i] ?? 0) / 4e6) * 2 * Math.PI + s) + (noise / 2 ** 32) * 0.2;
      values[i] = noise < 4000 ? v * 3 : v; // one in a million
    }
    columns.push({ series: s, count, times, values });
  }
  return { seq, columns };
}
