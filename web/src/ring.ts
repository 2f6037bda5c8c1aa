// The readings of one series that the page holds: a ring of raw readings in
// typed arrays that grows on demand up to a limit and then forgets the oldest.
//
// Indices are absolute: the first reading ever pushed is 0, and [start, end)
// are held. Beside the readings stand the lowest and highest value of every 64,
// so that the extent of a long range costs a sixty-fourth of it. Readings that
// come late are inserted at their place, and those behind them move on.

const BLOCK_BITS = 6;
const BLOCK = 1 << BLOCK_BITS; // readings
const FIRST_CAPACITY = 1 << 10; // readings
const RECENT = 32; // intervals that say what is usual
const SHORTEST_INTERVAL = 500; // µs; what is closer together came in one burst and says nothing

/** The lowest and highest value of a range; low > high where it holds none. */
export interface Extent {
  low: number;
  high: number;
}

export class Ring {
  #times = new Float64Array(FIRST_CAPACITY); // µs
  #values = new Float64Array(FIRST_CAPACITY);
  #lows = new Float64Array(FIRST_CAPACITY >> BLOCK_BITS);
  #highs = new Float64Array(FIRST_CAPACITY >> BLOCK_BITS);
  #mask = FIRST_CAPACITY - 1;
  #end = 0;
  #start = 0;
  readonly #limit: number;

  /** Holds at most `limit` readings, a power of two from 1,024. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  time(i: number): number {
    return this.#times[i & this.#mask]!;
  }

  value(i: number): number {
    return this.#values[i & this.#mask]!;
  }

  push(time: number, value: number): void {
    if (this.#end - this.#start > this.#mask) {
      if (this.#mask + 1 < this.#limit) this.#grow();
      else this.#start++;
    }
    const at = this.#end & this.#mask;
    const block = at >> BLOCK_BITS;
    if ((at & (BLOCK - 1)) === 0) {
      this.#lows[block] = Infinity;
      this.#highs[block] = -Infinity;
    }
    this.#times[at] = time;
    this.#values[at] = value;
    if (value < this.#lows[block]!) this.#lows[block] = value;
    if (value > this.#highs[block]!) this.#highs[block] = value;
    this.#end++;
  }

  /**
   * Inserts readings that are older than others held, in their places by time;
   * what is held counts as older at equal times. Indices behind them move. A
   * full ring forgets the oldest of both.
   */
  insert(times: ArrayLike<number>, values: ArrayLike<number>, count: number): void {
    while (this.#end - this.#start + count > this.#mask + 1 && this.#mask + 1 < this.#limit) this.#grow();
    let skip = 0;
    let start = this.#start;
    for (let over = this.#end - start + count - this.#mask - 1; over > 0; over--) {
      if (skip < count && (start === this.#end || times[skip]! < this.time(start))) skip++;
      else start++;
    }
    this.#start = start;
    if (skip === count) return;
    let from = this.#end - 1;
    let to = this.#end + count - skip - 1;
    this.#end = to + 1;
    for (let next = count - 1; next >= skip; to--) {
      const at = to & this.#mask;
      if (from >= start && this.time(from) > times[next]!) {
        this.#times[at] = this.time(from);
        this.#values[at] = this.value(from--);
      } else {
        this.#times[at] = times[next]!;
        this.#values[at] = values[next--]!;
      }
    }
    this.#sum(to + 1);
  }

  /** Finds the extents of all blocks from the one with index `from` on anew. */
  #sum(from: number): void {
    for (let block = Math.floor(from / BLOCK) * BLOCK; block < this.#end; block += BLOCK) {
      const extent: Extent = { low: Infinity, high: -Infinity };
      for (let i = Math.max(block, this.#start); i < Math.min(block + BLOCK, this.#end); i++) {
        extent.low = Math.min(extent.low, this.value(i));
        extent.high = Math.max(extent.high, this.value(i));
      }
      this.#lows[(block & this.#mask) >> BLOCK_BITS] = extent.low;
      this.#highs[(block & this.#mask) >> BLOCK_BITS] = extent.high;
    }
  }

  clear(): void {
    this.#start = this.#end = 0;
  }

  /** The first index from `from` whose time is at least `time`, or `to`. */
  lowerBound(time: number, from = this.#start, to = this.#end): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.time(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Widens `extent` by the values of [from, to). */
  widen(extent: Extent, from: number, to: number): void {
    let i = from;
    while (i < to) {
      if ((i & (BLOCK - 1)) === 0 && i + BLOCK <= to) {
        const block = (i & this.#mask) >> BLOCK_BITS;
        if (this.#lows[block]! < extent.low) extent.low = this.#lows[block]!;
        if (this.#highs[block]! > extent.high) extent.high = this.#highs[block]!;
        i += BLOCK;
        continue;
      }
      const value = this.value(i++);
      if (value < extent.low) extent.low = value;
      if (value > extent.high) extent.high = value;
    }
  }

  /** The interval in µs that three of four recent ones stay within; 0 where none is known. */
  usualInterval(): number {
    const intervals: number[] = [];
    for (let i = Math.max(this.#start + 1, this.#end - RECENT); i < this.#end; i++) {
      const interval = this.time(i) - this.time(i - 1);
      if (interval >= SHORTEST_INTERVAL) intervals.push(interval);
    }
    intervals.sort((a, b) => a - b);
    return intervals[Math.floor(intervals.length * 0.75)] ?? 0;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const mask = capacity - 1;
    const times = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    const lows = new Float64Array(capacity >> BLOCK_BITS);
    const highs = new Float64Array(capacity >> BLOCK_BITS);
    for (let i = this.#start; i < this.#end; i++) {
      times[i & mask] = this.time(i);
      values[i & mask] = this.value(i);
    }
    for (let i = this.#start; i < this.#end; i += BLOCK) { // start is 0: a ring grows before it forgets
      lows[(i & mask) >> BLOCK_BITS] = this.#lows[(i & this.#mask) >> BLOCK_BITS]!;
      highs[(i & mask) >> BLOCK_BITS] = this.#highs[(i & this.#mask) >> BLOCK_BITS]!;
    }
    [this.#times, this.#values, this.#lows, this.#highs, this.#mask] = [times, values, lows, highs, mask];
  }
}
