// What pointers do on the plot: which of them goes where, and the wheel.

import type { Acts } from "./acts";
import { Mouse } from "./mouse";
import { Touch } from "./touch";

const LINE = 24; // px that a wheel's line is worth
const ZOOM = 0.002; // per px of a wheel
const PINCH = 0.01; // per px, as trackpads tell a pinch

export interface Point {
  x: number;
  y: number;
}

/** Hears every pointer on the canvas. */
export function listenOn(canvas: HTMLCanvasElement, acts: Acts): void {
  const mouse = new Mouse(canvas, acts);
  const touch = new Touch(acts);
  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  };
  const hear = (type: "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "pointerleave") =>
    canvas.addEventListener(type, (event) => {
      const to = event.pointerType === "touch" ? touch : mouse;
      to[type === "pointerdown" ? "down" : type === "pointermove" ? "move" : type === "pointerup" ? "up" : type === "pointercancel" ? "cancel" : "leave"](event, at(event));
    });
  for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"] as const) hear(type);
  canvas.addEventListener("dblclick", () => mouse.double());
  canvas.addEventListener("contextmenu", (event) => {
    if (touch.busy) event.preventDefault(); // of a long press
  });
  // The page scrolls by one finger up or down (touch-action in remote.css), but not once a gesture is under way.
  for (const type of ["touchstart", "touchmove"] as const) {
    canvas.addEventListener(type, (event) => event.cancelable && (touch.busy || event.touches.length > 1) && event.preventDefault(), { passive: false });
  }
  canvas.addEventListener("wheel", (event) => turn(event, at(event), acts), { passive: false });
}

/** The wheel: time, with Shift values; sideways it pans. A trackpad's pinch comes as a wheel with Ctrl. */
function turn(event: WheelEvent, { x, y }: Point, acts: Acts): void {
  if (acts.empty) return; // the page scrolls
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 10 * LINE;
  const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
  if (event.shiftKey) acts.order({ type: "stretch", at: y, by: Math.exp((dy === 0 ? dx : dy) * ZOOM) }); // some browsers turn it sideways
  else if (event.ctrlKey) acts.order({ type: "zoom", at: x, by: Math.exp(dy * PINCH) });
  else if (Math.abs(dx) > Math.abs(dy)) acts.order({ type: "pan", by: -dx });
  else acts.order({ type: "zoom", at: x, by: Math.exp(dy * ZOOM) });
}
