// What part of time is visible: the last so much of it while the view is live,
// and whatever a person looks at while it is paused. Its span is kept beside its
// end, as the difference of two times would have too few digits left.

const SETTLE = 80e3; // µs in which about two thirds of a step are made
const FAR = 20; // spans; what is further away is cut to, not travelled to
const NEAR = 1e-5; // of a span, that is as good as there
export const LEAST_SPAN = 1e3; // µs
export const MOST_SPAN = 366 * 86400e6;

export class Sight {
  end = NaN; // µs of the device's time
  span = NaN; // µs
  #aim: { end: number; span: number } | undefined; // of a paused view

  get start(): number {
    return this.end - this.span;
  }

  get live(): boolean {
    return this.#aim === undefined;
  }

  /** Stands still where it is. */
  pause(): void {
    if (!Number.isNaN(this.end)) this.#aim ??= { end: this.end, span: this.span };
  }

  /** Follows now again. */
  follow(): void {
    this.#aim = undefined;
  }

  /** Looks at a stretch of time, at once or by and by. */
  show(start: number, end: number, eased: boolean): void {
    const span = Math.min(MOST_SPAN, Math.max(LEAST_SPAN, end - start));
    this.#aim = { end: start + span, span };
    if (!eased) [this.end, this.span] = [this.#aim.end, span];
  }

  /** Goes towards what it should show, which is [end − span, end] while it is live, `elapsed` µs later. A moving target is kept up with exactly. Says whether it is there. */
  step(live: { end: number; span: number }, elapsed: number, moving: boolean, eased: boolean): boolean {
    const { end, span } = this.#aim ?? live;
    if (moving && this.live) this.end += elapsed;
    const away = Math.max(Math.abs(this.end - end), Math.abs(this.span - span));
    if (!eased || away < NEAR * span || !(away < FAR * Math.max(span, this.span))) {
      [this.end, this.span] = [end, span];
      return true;
    }
    const rest = Math.exp(-elapsed / SETTLE);
    this.end = end + (this.end - end) * rest;
    this.span = span + (this.span - span) * rest;
    return false;
  }
}
