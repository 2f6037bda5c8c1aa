// The picture in words, for whoever does not see it: which time is shown, and
// what the axes reach from and to.

import type { Report } from "../plot/orders";
import type { Acts } from "./acts";
import { spanText, timeText, valueText, withUnit } from "../plot/digits";
import { momentOf } from "../plot/moment";

const EVERY = 1_000; // ms

export class Description {
  readonly #canvas: HTMLCanvasElement;
  readonly #acts: Acts;
  #written = -Infinity; // ms

  constructor(canvas: HTMLCanvasElement, acts: Acts) {
    this.#canvas = canvas;
    this.#acts = acts;
  }

  show(report: Report): void {
    const now = performance.now();
    if (now - this.#written < EVERY) return;
    this.#written = now;
    const text = this.#acts.empty ? "" : this.#words(report);
    if (this.#canvas.getAttribute("aria-description") !== text) this.#canvas.setAttribute("aria-description", text);
  }

  #words(report: Report): string {
    const { start, end, live, lanes } = report;
    const { look, series } = this.#acts;
    const time = (micros: number) => {
      const moment = momentOf(micros, report);
      return timeText(moment.time, look.clock, moment.since, end - start);
    };
    const zone = { local: "", utc: " UTC", start: " since the start" }[look.clock];
    const axes = lanes.map(({ series: members, unit, low, high, fixed }) => {
      const names = members.map((i) => series[i]?.name ?? "").join(", ");
      return `${names}: ${valueText(low)} to ${withUnit(high, unit)}${fixed ? ", fixed" : ""}`;
    });
    return [`${live ? "Live" : "Paused"}: ${spanText(end - start)} from ${time(start)} to ${time(end)}${zone}`, ...axes].join(". ");
  }
}
