// Spans of sequence numbers; the twin of stream/span.go.

export interface Span {
  first: number;
  last: number; // included
}

const MOST = 256; // over that, the oldest two become one

/** A list of spans in order, without overlaps. */
export class Spans {
  #list: Span[] = [];

  constructor(list: readonly Span[] = []) {
    for (const span of list) this.add(span);
  }

  get list(): readonly Span[] {
    return this.#list;
  }

  get empty(): boolean {
    return this.#list.length === 0;
  }

  /** How many numbers the spans hold. */
  get count(): number {
    return this.#list.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  has(seq: number): boolean {
    let [low, high] = [0, this.#list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle]?.last ?? Infinity) < seq) low = middle + 1;
      else high = middle;
    }
    return (this.#list[low]?.first ?? Infinity) <= seq;
  }

  /** Adds a span; one that ends before it begins adds nothing. */
  add({ first, last }: Span): void {
    if (first > last) return;
    const list = this.#list;
    let from = list.length;
    while (from > 0 && (list[from - 1]?.last ?? 0) + 1 >= first) from--;
    let to = from;
    for (let next = list[to]; next !== undefined && next.first <= last + 1; next = list[++to]) {
      first = Math.min(first, next.first);
      last = Math.max(last, next.last);
    }
    list.splice(from, to - from, { first, last });
    const [oldest, second] = list;
    if (list.length > MOST && oldest !== undefined && second !== undefined) list.splice(0, 2, { first: oldest.first, last: second.last });
  }

  /** Takes a span out; one that ends before it begins takes nothing. */
  remove(out: Span): void {
    if (out.first > out.last) return;
    const left: Span[] = [];
    for (const span of this.#list) {
      if (span.last < out.first || span.first > out.last) {
        left.push(span);
        continue;
      }
      if (span.first < out.first) left.push({ first: span.first, last: out.first - 1 });
      if (span.last > out.last) left.push({ first: out.last + 1, last: span.last });
    }
    this.#list = left;
  }

  clear(): void {
    this.#list = [];
  }
}
