// The worker that makes the numbers of the IoT Interface. It is a worker because
// browsers slow the timers of hidden pages to one a second, but not those of
// workers.
//
//	page ── Order ──> generator      start, change, stop
//	page <── Made ─── generator      every 20 ms at most, or when a number is due

import { Numbers, type Kind } from "./numbers";
import { Schedule } from "./schedule";

export type Order = { type: "run"; interval: number; kind: Kind; series: number } | { type: "stop" };

export interface Made {
  times: Float64Array; // µs since 1970, as scheduled
  values: Float64Array[]; // one a series
  asleep: number; // ms in which nothing was made because the computer slept
}

const GATHER = 20; // ms between batches when numbers are due more often than that

let order: Order = { type: "stop" };
let schedule: Schedule | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const numbers = new Numbers();

self.onmessage = (event: MessageEvent<Order>) => {
  order = event.data;
  clearTimeout(timer);
  if (order.type === "stop") {
    schedule = undefined;
    return;
  }
  if (schedule === undefined) schedule = new Schedule(now(), order.interval);
  else schedule.change(now(), order.interval);
  tick();
};

function tick(): void {
  if (order.type === "stop" || schedule === undefined) return;
  const { times, asleep } = schedule.due(now());
  if (times.length > 0) {
    const made: Made = { times, values: numbers.at(times, order.kind, order.series), asleep };
    self.postMessage(made, { transfer: [made.times.buffer, ...made.values.map((v) => v.buffer)] });
  }
  const wait = (schedule.next - now()) / 1e3;
  timer = setTimeout(tick, Math.max(order.interval < GATHER ? GATHER : 0, wait));
}

/** The wall clock in µs, finer than Date.now. */
function now(): number {
  return (performance.timeOrigin + performance.now()) * 1e3;
}
