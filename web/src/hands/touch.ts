// Fingers: one drags the plot or, after a long press, the cursor; two pinch,
// side by side for time and one above the other for values; a tap places the
// cursor, two taps go back to now.

import type { Acts } from "./acts";
import type { Point } from "./gestures";

const SLOP = 10; // px that a tap may move
const LONG = 450; // ms of a long press
const DOUBLE = 350; // ms from tap to tap
const NEAR = 28; // px: the same place, to a finger
const LEAST_APART = 24; // px of two fingers along an axis, below which that axis says nothing

export class Touch {
  readonly #acts: Acts;
  readonly #points = new Map<number, Point>();
  #mode: "none" | "wait" | "drag" | "cursor" | "time" | "values" = "none";
  #from: Point = { x: 0, y: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tapped = { x: 0, y: 0, at: -Infinity };

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  /** Whether fingers are doing something that the page must not scroll by. */
  get busy(): boolean {
    return this.#mode !== "none" && this.#mode !== "wait";
  }

  down(event: PointerEvent, point: Point): void {
    this.#points.set(event.pointerId, point);
    clearTimeout(this.#timer);
    if (this.#points.size === 1) {
      this.#from = point;
      this.#mode = "wait";
      this.#timer = setTimeout(() => this.#press(), LONG);
    } else if (this.#points.size === 2) {
      const [a, b] = this.#pair();
      this.#mode = Math.abs(a.x - b.x) >= Math.abs(a.y - b.y) ? "time" : "values";
    }
  }

  move(event: PointerEvent, point: Point): void {
    if (!this.#points.has(event.pointerId)) this.down(event, point); // before this was loaded
    const last = this.#points.get(event.pointerId)!;
    const before = this.#points.size === 2 ? this.#pair() : undefined;
    this.#points.set(event.pointerId, point);
    const [dx, dy] = [Math.abs(point.x - this.#from.x), Math.abs(point.y - this.#from.y)];
    if (this.#mode === "wait" && Math.hypot(dx, dy) > SLOP) {
      clearTimeout(this.#timer);
      this.#mode = dx > dy ? "drag" : "none"; // up and down the page scrolls
    }
    if (this.#acts.empty) return;
    if (this.#mode === "drag" && point.x !== last.x) this.#acts.order({ type: "pan", by: point.x - last.x });
    if (this.#mode === "cursor") this.#acts.hover(point.x);
    if (before !== undefined) this.#pinch(before, this.#pair());
  }

  up(event: PointerEvent, point: Point): void {
    const mode = this.#mode;
    this.#lift(event);
    if (mode === "drag") this.#acts.settle();
    if (mode === "cursor") this.#acts.next(point.x);
    if (mode === "wait") this.#tap(point);
  }

  cancel(event: PointerEvent): void {
    this.#lift(event);
  }

  leave(): void {
    // A finger that is lifted leaves as well; the cursor stays.
  }

  #lift(event: PointerEvent): void {
    clearTimeout(this.#timer);
    this.#points.delete(event.pointerId);
    if (this.#points.size < 2) this.#mode = "none"; // a finger that is left over does nothing
  }

  #press(): void {
    this.#mode = "cursor";
    this.#acts.hover(this.#from.x);
  }

  #tap({ x, y }: Point): void {
    const { x: lastX, y: lastY, at } = this.#tapped;
    const now = performance.now();
    const again = now - at < DOUBLE && Math.hypot(x - lastX, y - lastY) < NEAR;
    this.#tapped = { x, y, at: again ? -Infinity : now };
    const { cursor } = this.#acts;
    if (cursor !== undefined && Math.abs(cursor - x) < NEAR) this.#acts.hover(undefined); // the same place again
    else this.#acts.hover(x);
    if (again) this.#acts.reset();
  }

  #pair(): [Point, Point] {
    const [a, b] = this.#points.values();
    return [a!, b!];
  }

  /** Zooms by how the fingers moved apart, and pans by how they moved together unless that would stop a live view. */
  #pinch(before: [Point, Point], after: [Point, Point]): void {
    const axis = this.#mode === "time" ? "x" : "y";
    const [was, is] = [before, after].map(([a, b]) => Math.abs(a[axis] - b[axis])) as [number, number];
    const middle = (pair: [Point, Point]) => (pair[0][axis] + pair[1][axis]) / 2;
    const by = was < LEAST_APART || is < LEAST_APART ? 1 : was / is;
    if (axis === "y") {
      if (by !== 1) this.#acts.order({ type: "stretch", at: middle(after), by });
      return;
    }
    const moved = middle(after) - middle(before);
    if (this.#acts.report?.live === false && moved !== 0) this.#acts.order({ type: "pan", by: moved });
    if (by !== 1) this.#acts.order({ type: "zoom", at: middle(after), by });
  }
}
