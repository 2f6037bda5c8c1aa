// Times of the device as the viewer's clock has them.

import type { Report } from "../plot/orders";

/** A time of the device and the start of the stream, both by the viewer's clock, in µs. */
export function momentOf(micros: number, { shift, since }: Report): { time: number; since: number } {
  return { time: micros + shift, since: since + shift };
}
