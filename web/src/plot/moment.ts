// Times of the device as the viewer's clock has them.

import type { Report } from "./orders";

/** A time of the device and the start of the stream, both by the viewer's clock, in µs. */
export function momentOf(micros: number, { shift, since }: Pick<Report, "shift" | "since">): { time: number; since: number } {
  return { time: micros + shift, since: since + shift };
}
