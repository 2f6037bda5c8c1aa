// What a person can do with the plot, whatever they do it with: keys, pointers
// and buttons all come here.

import type { Series } from "../frame";
import type { Clock, Layout, Look, Order, Report } from "../plot/orders";
import type { Watch } from "../watch";

export const STEP = 0.1; // of the width, that an arrow key pans by
const LAYOUTS: Layout[] = ["auto", "stacked", "overlaid"];
const CLOCKS: Clock[] = ["local", "utc", "start"];

export const LAYOUT_WORDS: Record<Layout, string> = { auto: "automatic", stacked: "stacked", overlaid: "overlaid" };
export const CLOCK_WORDS: Record<Clock, string> = { local: "local time", utc: "UTC", start: "since the start" };

export class Acts {
  readonly #watch: Watch;
  readonly #say: (text: string) => void;
  #placed: [boolean, boolean] = [false, false]; // marks
  #cursor: number | undefined; // CSS px, of the pointer or of keys

  /** `say` tells what was done to whoever cannot see it. */
  constructor(watch: Watch, say: (text: string) => void) {
    this.#watch = watch;
    this.#say = say;
  }

  get look(): Look {
    return this.#watch.plot.look;
  }

  get report(): Report | undefined {
    return this.#watch.plot.report;
  }

  get series(): readonly Series[] {
    return this.#watch.series();
  }

  /** Whether there is anything to look at. */
  get empty(): boolean {
    const { report } = this;
    return report === undefined || Number.isNaN(report.oldest);
  }

  get cursor(): number | undefined {
    return this.#cursor;
  }

  order(order: Order): void {
    this.#watch.plot.order(order);
  }

  change(part: Partial<Look>): void {
    this.#watch.plot.change(part);
  }

  /** Says something that no button shows. */
  say(text: string): void {
    this.#say(text);
  }

  toggle(): void {
    if (this.report?.live === false) this.live();
    else this.pause();
  }

  pause(): void {
    this.order({ type: "pause" });
    this.say("Paused. Readings are kept.");
  }

  live(): void {
    this.order({ type: "live" });
    this.say("Live");
  }

  /** Moves the view by a part of its width, to later times where it is positive; behind the newest reading is now. */
  pan(part: number): void {
    const { report } = this;
    if (report === undefined || this.empty) return;
    const { start, end, newest, left, right } = report;
    if (part > 0 && end + part * (end - start) >= newest) this.order({ type: "live" });
    else this.order({ type: "pan", by: -part * (right - left) });
  }

  /** After a drag: a view that was drawn to now follows it. */
  settle(): void {
    const { report } = this;
    if (report !== undefined && !report.live && report.end > report.newest) this.order({ type: "live" });
  }

  /** Shows `by` times as much time, around the cursor or the middle. */
  zoom(by: number): void {
    const { report } = this;
    if (report !== undefined && !this.empty) this.order({ type: "zoom", at: this.#cursor ?? (report.left + report.right) / 2, by });
  }

  /** Shows `by` times as large a range of values, in every lane. */
  stretch(by: number): void {
    for (const { top, bottom } of this.report?.lanes ?? []) this.order({ type: "stretch", at: (top + bottom) / 2, by });
  }

  automatic(): void {
    this.change({ ranges: {} });
    this.say("Automatic ranges");
  }

  /** Back to now, with automatic ranges. */
  reset(): void {
    this.change({ ranges: {} });
    this.live();
  }

  /** Hides a series, or shows it. */
  hide(index: number): void {
    const name = this.series[index]?.name;
    if (name === undefined) return;
    const { hidden } = this.look;
    const shown = hidden.includes(name);
    this.change({ hidden: shown ? hidden.filter((one) => one !== name) : [...hidden, name] });
    this.say(`${name} is ${shown ? "shown" : "hidden"}`);
  }

  /** Shows one series only, or all where it is the only one already. */
  only(index: number): void {
    const others = this.series.map(({ name }) => name).filter((_, i) => i !== index);
    const { hidden } = this.look;
    const alone = others.every((name) => hidden.includes(name));
    this.change({ hidden: alone ? [] : others });
    this.say(alone ? "All series are shown" : `Only ${this.series[index]?.name ?? ""} is shown`);
  }

  nextLayout(): void {
    const layout = after(LAYOUTS, this.look.layout);
    this.change({ layout });
    this.say(`Layout ${LAYOUT_WORDS[layout]}`);
  }

  nextClock(): void {
    const clock = after(CLOCKS, this.look.clock);
    this.change({ clock });
    this.say(`Times are ${CLOCK_WORDS[clock]}`);
  }

  hover(x: number | undefined): void {
    this.#cursor = x;
    this.order({ type: "hover", x });
  }

  /** Moves the cursor by a part of the width; it begins in the middle. */
  step(part: number): void {
    const { report } = this;
    if (report === undefined || this.empty) return;
    const { left, right } = report;
    const from = this.#cursor ?? (left + right) / 2;
    this.hover(Math.min(right, Math.max(left, from + part * (right - left))));
  }

  /** Places mark A or B at x, or at the cursor. */
  mark(which: 0 | 1, x = this.#cursor): void {
    const { report } = this;
    if (report === undefined || this.empty) return;
    this.#placed[which] = true;
    this.order({ type: "mark", which, x: x ?? (report.left + report.right) / 2 });
  }

  /** Places the mark whose turn it is: A, then B, then A anew. */
  next(x?: number): void {
    const [a, b] = this.#placed;
    if (a && b) this.lift(1);
    this.mark(a && !b ? 1 : 0, x);
  }

  /** Takes a mark away. */
  lift(which: 0 | 1): void {
    this.#placed[which] = false;
    this.order({ type: "mark", which });
  }

  /** Takes cursor and marks away. */
  clear(): void {
    this.hover(undefined);
    this.lift(0);
    this.lift(1);
  }

  /** Where the marks are now; what this returns puts them back there. */
  marks(): () => void {
    const marks = this.report?.marks ?? [undefined, undefined];
    return () => {
      for (const which of [0, 1] as const) {
        const time = marks[which]?.time;
        this.#placed[which] = time !== undefined;
        this.order({ type: "mark", which, ...(time !== undefined && { time }) });
      }
    };
  }

  fullscreen(): void {
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    else document.getElementById("main")?.requestFullscreen?.().catch(() => this.say("This browser does not allow full screen here."));
  }
}

function after<T>(list: readonly T[], one: T): T {
  return list[(list.indexOf(one) + 1) % list.length]!;
}
