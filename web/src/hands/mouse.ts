// A mouse or a pen: hovering shows the cursor, a click places a mark, a drag
// moves the plot.

import type { Acts } from "./acts";
import type { Point } from "./gestures";

const SLOP = 4; // px that a click may move

export class Mouse {
  readonly #canvas: HTMLCanvasElement;
  readonly #acts: Acts;
  #from: Point | undefined; // where the button went down
  #last: Point = { x: 0, y: 0 };
  #dragging = false;
  #undo: (() => void) | undefined; // puts marks back where they were before the first of two clicks

  constructor(canvas: HTMLCanvasElement, acts: Acts) {
    this.#canvas = canvas;
    this.#acts = acts;
  }

  down(event: PointerEvent, point: Point): void {
    if (event.button !== 0) return;
    this.#from = this.#last = point;
    this.#dragging = false;
    this.#canvas.setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent, point: Point): void {
    const from = this.#from;
    if (from !== undefined && !this.#dragging && Math.hypot(point.x - from.x, point.y - from.y) > SLOP) {
      this.#dragging = true;
      this.#canvas.toggleAttribute("data-dragging", true);
    }
    if (from !== undefined && this.#dragging && !this.#acts.empty) {
      // Shift holds the time where it is and moves the values instead.
      if (event.shiftKey) this.#acts.order({ type: "lift", at: from.y, by: point.y - this.#last.y });
      else if (point.x !== this.#last.x) this.#acts.order({ type: "pan", by: point.x - this.#last.x });
      this.#last = point;
    }
    this.#acts.hover(point.x);
  }

  up(event: PointerEvent, point: Point): void {
    if (this.#from !== undefined && !this.#dragging) this.#click(event, point);
    if (this.#dragging) this.#acts.settle();
    this.cancel();
  }

  cancel(): void {
    this.#from = undefined;
    this.#dragging = false;
    this.#canvas.toggleAttribute("data-dragging", false);
  }

  leave(): void {
    if (this.#from === undefined) this.#acts.hover(undefined);
  }

  /** After two clicks, which have placed marks that nobody meant. */
  double(): void {
    this.#undo?.();
    this.#undo = undefined;
    this.#acts.reset();
  }

  #click(event: PointerEvent, { x }: Point): void {
    this.#undo ??= this.#acts.marks();
    setTimeout(() => (this.#undo = undefined), 500); // longer than any double click takes
    if (event.shiftKey) this.#acts.mark(1, x);
    else this.#acts.next(x);
  }
}
