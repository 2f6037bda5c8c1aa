// What happens when a value crosses its threshold: a line that says so, and a
// notification where the person wants one. At most one a series in ten seconds.

import type { Column, Series } from "../frame";
import type { Threshold } from "../plot/orders";
import type { Acts } from "./acts";
import { withUnit } from "../plot/digits";

const AT_MOST_EVERY = 10_000; // ms
const KEY = "plotbeam.notify"; // in local storage: whether this person wants notifications

/** Of a plotbeam:columns event; see remote.ts. */
export interface Received {
  columns: readonly Column[];
  late: boolean;
}

/** Which limit a value is beyond: "above 80 °C". */
export function limitText({ name, unit }: Series, value: number, thresholds: readonly Threshold[]): string {
  const { above, below } = limitsOf(name, thresholds);
  return value > above ? `above ${withUnit(above, unit)}` : value < below ? `below ${withUnit(below, unit)}` : "";
}

/** The limits of a series: the narrowest, where a link has several. */
function limitsOf(name: string, thresholds: readonly Threshold[]): { above: number; below: number } {
  const own = thresholds.filter(({ series }) => series === name);
  return { above: Math.min(...own.map(({ above = Infinity }) => above)), below: Math.max(...own.map(({ below = -Infinity }) => below)) };
}

export class Alarms {
  readonly #acts: Acts;
  readonly #over = new Set<string>();
  readonly #told = new Map<string, number>(); // ms, by series
  #wanted = wanted();
  /** Why no notification is shown, in words. */
  why = "";
  /** Called when that changes. */
  onWhy = () => {};

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Turns notifications on, if the person grants it, or off. */
  async want(on: boolean): Promise<void> {
    this.#wanted = on && (await this.#granted());
    if (!on) this.#explain("");
    try {
      localStorage.setItem(KEY, String(this.#wanted));
    } catch {
      // Storage is switched off: it holds for this page.
    }
    this.onWhy();
  }

  async #granted(): Promise<boolean> {
    this.#explain("");
    if (!("Notification" in window)) {
      this.#explain(isSecureContext ? "This browser has no notifications. Alarms are shown on this page." : "Browsers allow notifications on https pages only. Alarms are shown on this page.");
      return false;
    }
    const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
    if (answer !== "granted") this.#explain("Notifications are blocked for this page: allow them in the browser's settings of this site.");
    return answer === "granted";
  }

  /** Looks for values that cross a limit; a hidden page takes readings, too. What is late was long ago. */
  take({ columns, late }: Received): void {
    const { series, look } = this.#acts;
    if (late || look.thresholds.length === 0) return;
    for (const { series: i, count, values } of columns) {
      const one = series[i];
      if (one === undefined || !look.thresholds.some((each) => each.series === one.name)) continue;
      const { above, below } = limitsOf(one.name, look.thresholds);
      let over = this.#over.has(one.name);
      let crossed: number | undefined;
      for (let k = 0; k < count; k++) {
        const beyond = values[k]! > above || values[k]! < below;
        if (beyond && !over) crossed ??= values[k];
        over = beyond;
      }
      if (over) this.#over.add(one.name);
      else this.#over.delete(one.name);
      if (crossed !== undefined) this.#tell(one.name, `${one.name} is ${limitText(one, crossed, look.thresholds)}: ${withUnit(crossed, one.unit)}`);
    }
  }

  #tell(name: string, text: string): void {
    const now = performance.now();
    if (now - (this.#told.get(name) ?? -Infinity) < AT_MOST_EVERY) return;
    this.#told.set(name, now);
    this.#acts.say(text);
    if (!this.#wanted) return;
    try {
      const shown = new Notification(document.title, { body: text, tag: `plotbeam ${name}` });
      shown.addEventListener("click", () => window.focus());
    } catch {
      this.#explain("This browser shows notifications of installed apps only. Alarms are shown on this page."); // Chrome on Android
    }
  }

  #explain(why: string): void {
    this.why = why;
    this.onWhy();
  }
}

function wanted(): boolean {
  try {
    return localStorage.getItem(KEY) === "true" && "Notification" in window && Notification.permission === "granted";
  } catch {
    return false;
  }
}
