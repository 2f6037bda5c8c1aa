// The numbers that a page can stream.

export type Kind = "random" | "sine" | "walk";

export const MOST_SERIES = 16;

const PERIOD = 10e6; // µs of a sine
const STRIDE = 8; // of a walk, in a second
const DECIMALS = 1e3;

/** Makes numbers of one kind for some series. */
export class Numbers {
  #walkers: number[] = [];
  #last = NaN; // µs

  /** The values of every series at these times. */
  at(times: Float64Array, kind: Kind, series: number): Float64Array[] {
    const columns = Array.from({ length: series }, () => new Float64Array(times.length));
    times.forEach((time, i) => {
      const stride = STRIDE * Math.sqrt(Math.min(1, (time - this.#last) / 1e6 || 0));
      this.#last = time;
      columns.forEach((column, s) => (column[i] = this.#one(kind, s, series, time, stride)));
    });
    return columns;
  }

  #one(kind: Kind, s: number, series: number, time: number, stride: number): number {
    switch (kind) {
      case "random":
        return 1 + Math.floor(Math.random() * 100);
      case "sine":
        return round(50 + 50 * Math.sin(2 * Math.PI * ((time % PERIOD) / PERIOD + s / series)));
      case "walk": {
        const from = this.#walkers[s] ?? (100 * (s + 0.5)) / series;
        const to = from + stride * (Math.random() + Math.random() + Math.random() - 1.5) * 2;
        this.#walkers[s] = Math.abs(to) > 100 ? 200 - Math.abs(to) : Math.abs(to); // turns back at 0 and 100
        return round(this.#walkers[s]!);
      }
    }
  }
}

function round(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
