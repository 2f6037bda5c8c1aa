// All that is held of one series: raw readings in chunks, and slices of those
// that are older.
//
//	append, insert ──> chunks ── evict ──> slices
//	                      └─── gather ─────────┘ ──> a column of pixels, a figure

import { CHUNK, Chunk } from "./chunk";
import { Slices } from "./slices";
import { Summary } from "./summary";

const RECENT = 32; // intervals that say what is usual
const SHORTEST_INTERVAL = 500; // µs; what is closer together came in one burst and says nothing

export interface Point {
  time: number; // µs
  value: number;
}

export class Archive {
  #chunks: Chunk[] = []; // in the order of their times, none of them empty
  readonly #slices: Slices;
  readonly #fresh: () => Chunk;
  #usual: number | undefined;
  /** What sums are relative to. */
  base = 0;
  /** Raw readings. */
  count = 0;

  /** `fresh` gives empty chunks; `slices` is how many a tier has at the most. */
  constructor(fresh: () => Chunk, slices: number) {
    this.#fresh = fresh;
    this.#slices = new Slices(slices);
  }

  get empty(): boolean {
    return this.count === 0 && this.#slices.empty;
  }

  /** The time of the oldest reading that anything is known of; NaN where nothing is. */
  get oldest(): number {
    return this.#slices.empty ? this.rawOldest : this.#slices.oldest;
  }

  get rawOldest(): number {
    return this.#chunks[0]?.firstTime ?? NaN;
  }

  get newest(): number {
    return this.#chunks.at(-1)?.lastTime ?? this.#slices.newest;
  }

  /** Whether the oldest chunk ends before that of another: what goes first ends first. */
  dueBefore(other: Archive | undefined): boolean {
    const mine = this.#chunks[0];
    const others = other === undefined ? undefined : other.#chunks[0];
    return mine !== undefined && (others === undefined || mine.lastTime < others.lastTime);
  }

  get last(): Point | undefined {
    return this.before(Infinity);
  }

  /** Takes readings, in the order of their times; those that are older than others held are inserted. */
  take(times: ArrayLike<number>, values: ArrayLike<number>, count: number): void {
    if (this.empty) this.base = values[0] ?? 0;
    this.#usual = undefined;
    let from = 0;
    while (from < count && times[from]! < this.newest) from = this.#insert(times, values, from, count);
    this.#append(this.#chunks.length, times, values, from, count);
  }

  /** Puts readings [from, to) behind the chunk before index k, and into new ones after that. */
  #append(k: number, times: ArrayLike<number>, values: ArrayLike<number>, from: number, to: number): void {
    this.count += to - from;
    const before = this.#chunks[k - 1];
    const room = Math.min(before?.room ?? 0, to - from);
    before?.put(before.count, times, values, from, from + room, this.base);
    for (let i = from + room; i < to; i += CHUNK, k++) {
      const chunk = this.#fresh();
      chunk.put(0, times, values, i, Math.min(to, i + CHUNK), this.base);
      if (k === this.#chunks.length) this.#chunks.push(chunk);
      else this.#chunks.splice(k, 0, chunk);
    }
  }

  /** Inserts the readings from `from` on that stand side by side. Returns where the next ones begin. */
  #insert(times: ArrayLike<number>, values: ArrayLike<number>, from: number, count: number): number {
    const time = times[from]!;
    if (time < this.#slices.newest) return this.#fold(times, values, from, count);
    const k = this.#reaching(time, true);
    const chunk = this.#chunks[k];
    if (chunk === undefined) return this.#fill(k, times, values, from, count);
    const i = chunk.index(time, true);
    const next = chunk.times[i]!;
    let to = from + 1;
    while (to < count && times[to]! < next) to++;
    if (to - from <= chunk.room) {
      chunk.put(i, times, values, from, to, this.base);
      this.count += to - from;
      return to;
    }
    if (i === 0) return this.#fill(k, times, values, from, to);
    const rest = this.#fresh();
    chunk.split(i, rest, this.base);
    this.#chunks.splice(k + 1, 0, rest);
    return this.#fill(k + 1, times, values, from, to);
  }

  /** Takes readings that are too old to be kept raw. */
  #fold(times: ArrayLike<number>, values: ArrayLike<number>, from: number, count: number): number {
    const { oldest } = this.#slices;
    if (times[from]! >= oldest) {
      this.#slices.fold(times[from]!, values[from]!, this.base);
      return from + 1;
    }
    let to = from + 1;
    while (to < count && to - from < CHUNK && times[to]! < oldest) to++;
    const chunk = this.#fresh();
    chunk.put(0, times, values, from, to, this.base);
    this.#slices.take(chunk.summary);
    return to;
  }

  #fill(k: number, times: ArrayLike<number>, values: ArrayLike<number>, from: number, to: number): number {
    this.#append(k, times, values, from, to);
    return to;
  }

  /** Turns the oldest chunk into a slice, and gives it back. */
  evict(): Chunk | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.count -= chunk.count;
    this.#slices.take(chunk.summary);
    return chunk.clear();
  }

  /**
   * Adds up readings [from, to). Of readings that are no longer raw, a slice
   * counts where it begins, and widens the extent of all that it touches.
   */
  gather(from: number, to: number, into: Summary): Summary {
    into.reset();
    if (from <= this.#slices.newest) {
      this.#slices.visit(from, to, (slice) => {
        if (slice.firstTime >= from) into.add(slice);
        else into.widen(slice.low, slice.high);
      });
    }
    for (let k = this.#reaching(from); k < this.#chunks.length; k++) {
      const chunk = this.#chunks[k]!;
      if (chunk.firstTime >= to) break;
      if (chunk.firstTime >= from && chunk.lastTime < to) into.add(chunk.summary);
      else into.scan(chunk.times, chunk.values, chunk.index(from), chunk.index(to), this.base);
    }
    return into;
  }

  /** The index of the first chunk that ends at or after a time, or `above` it. */
  #reaching(time: number, above = false): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = this.#chunks[middle]!.lastTime;
      if (at < time || (above && at === time)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The newest reading before a time. */
  before(time: number): Point | undefined {
    const k = this.#reaching(time);
    const i = this.#chunks[k]?.index(time) ?? 0;
    if (i > 0) return pointOf(this.#chunks[k]!, i - 1);
    const chunk = this.#chunks[k - 1];
    if (chunk !== undefined) return pointOf(chunk, chunk.count - 1);
    const slice = this.#slices.before(time);
    return slice && (slice.lastTime < time ? { time: slice.lastTime, value: slice.last } : { time: slice.firstTime, value: slice.first });
  }

  /** The time of that reading, or `time` where there is none. */
  timeBefore(time: number): number {
    const chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.firstTime >= time) return this.before(time)?.time ?? time;
    return chunk.times[chunk.index(time) - 1]!; // where it is most often
  }

  /** The oldest reading at or after a time. */
  after(time: number): Point | undefined {
    if (time <= this.#slices.newest) {
      const slice = this.#slices.after(time);
      if (slice !== undefined) return slice.firstTime >= time ? { time: slice.firstTime, value: slice.first } : { time: slice.lastTime, value: slice.last };
    }
    const chunk = this.#chunks[this.#reaching(time)];
    return chunk && pointOf(chunk, chunk.index(time));
  }

  /** The raw readings [from, to], the newest `most` of them. */
  readings(from: number, to: number, most = Infinity): { times: Float64Array; values: Float64Array } {
    const parts: [Chunk, number, number][] = [];
    let count = 0;
    for (let k = this.#chunks.length - 1; k >= 0 && count < most; k--) {
      const chunk = this.#chunks[k]!;
      if (chunk.lastTime < from) break;
      if (chunk.firstTime > to) continue;
      const end = chunk.index(to, true);
      const start = Math.max(chunk.index(from), end - (most - count));
      parts.push([chunk, start, end]);
      count += end - start;
    }
    const times = new Float64Array(count);
    const values = new Float64Array(count);
    let at = 0;
    for (const [chunk, start, end] of parts.reverse()) {
      times.set(chunk.times.subarray(start, end), at);
      values.set(chunk.values.subarray(start, end), at);
      at += end - start;
    }
    return { times, values };
  }

  /** Whether more than `most` raw readings are in [from, to]. */
  exceeds(from: number, to: number, most: number): boolean {
    let count = 0;
    for (let k = this.#reaching(from); k < this.#chunks.length && count <= most; k++) {
      const chunk = this.#chunks[k]!;
      if (chunk.firstTime > to) break;
      count += chunk.index(to, true) - chunk.index(from);
    }
    return count > most;
  }

  /** The interval in µs that three of four recent ones stay within; 0 where none is known. */
  get usualInterval(): number {
    if (this.#usual !== undefined) return this.#usual;
    let known = 0;
    let next = NaN;
    for (let k = this.#chunks.length - 1, seen = 0; k >= 0 && seen <= RECENT; k--) {
      const { times, count } = this.#chunks[k]!;
      for (let i = count - 1; i >= 0 && seen <= RECENT; i--, seen++) {
        if (next - times[i]! >= SHORTEST_INTERVAL) intervals[known++] = next - times[i]!;
        next = times[i]!;
      }
    }
    if (known === 0) return (this.#usual = 0);
    return (this.#usual = intervals.subarray(0, known).sort()[Math.floor(known * 0.75)]!);
  }
}

const intervals = new Float64Array(RECENT);

function pointOf(chunk: Chunk, i: number): Point {
  return { time: chunk.times[i]!, value: chunk.values[i]! };
}
