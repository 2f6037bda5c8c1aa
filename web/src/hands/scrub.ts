// The bar below the plot: what is held, which part of it is shown, and the way
// back to now.

import { make, write } from "../page";
import type { Report } from "../plot/orders";
import { type Acts, STEP } from "./acts";
import { spanText } from "../plot/digits";

const STEPS = 10_000; // that the bar is divided into

export class Scrub {
  readonly #acts: Acts;
  readonly #bar = make("input");
  readonly #words = make("p", "scrub-words");
  readonly #now = make("button", "now", "Now");
  #held = false; // by a finger or a button: it must not move away

  constructor(box: HTMLElement, acts: Acts) {
    this.#acts = acts;
    const bar = this.#bar;
    bar.type = "range";
    bar.max = String(STEPS);
    bar.value = bar.max;
    bar.setAttribute("aria-label", "Time");
    this.#now.type = "button";
    this.#now.title = "Back to now (L)";
    this.#now.addEventListener("click", () => {
      acts.live();
      bar.focus({ preventScroll: true }); // the button is gone then
    });
    bar.addEventListener("input", () => this.#show());
    bar.addEventListener("pointerdown", () => (this.#held = true));
    for (const type of ["pointerup", "pointercancel", "blur"]) bar.addEventListener(type, () => (this.#held = false));
    bar.addEventListener("keydown", (event) => {
      if (event.shiftKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      event.preventDefault(); // it would move by a step of the bar; left and right are in keys.ts
      acts.pan(event.key === "ArrowUp" ? STEP : -STEP);
    });
    box.append(bar, this.#words, this.#now);
  }

  /** Shows where the view is. */
  show(report: Report): void {
    const { live, start, end } = report;
    const { oldest, newest, room } = bounds(report);
    this.#now.toggleAttribute("data-live", live);
    const [span, behind] = [end - start, report.newest - end];
    const there = live && behind < span / 10; // or on its way
    const words = `${spanText(span)} ${there ? "to now" : behind < span / 100 ? "to the newest" : `to ${spanText(behind)} ago`}`;
    write(this.#words, words);
    if (Number.isNaN(room)) return;
    const bar = this.#bar;
    const part = Math.min(1, (end - start) / Math.max(1, newest - oldest)).toFixed(3); // finer steps would be laid out, and not seen
    if (bar.style.getPropertyValue("--part") !== part) bar.style.setProperty("--part", part);
    if (bar.getAttribute("aria-valuetext") !== words) bar.setAttribute("aria-valuetext", words);
    if (!this.#held) bar.value = String(live || room <= 0 ? STEPS : Math.round(((start - oldest) / room) * STEPS));
  }

  /** Goes where the bar was moved to; its end is now. */
  #show(): void {
    const { report } = this.#acts;
    if (report === undefined || this.#acts.empty) return;
    const { oldest, room } = bounds(report);
    const at = Number(this.#bar.value) / STEPS;
    if (at === 1 || room <= 0) {
      this.#acts.order({ type: "live" });
      return;
    }
    const start = oldest + at * room;
    this.#acts.order({ type: "show", start, end: start + report.end - report.start });
  }
}

/** What the bar stands for, and how far the view can move in it; µs. */
function bounds({ oldest, newest, start, end, live }: Report): { oldest: number; newest: number; room: number } {
  const last = live ? end : Math.max(newest, end); // a live view may end a little before or after the newest reading
  const first = Math.min(oldest, start);
  return { oldest: first, newest: last, room: last - first - (end - start) };
}
