// What the page of the bench knows of a chart that is measured.

import type { Column } from "../../../web/src/frame";

/** What is streamed, and where it is to be seen. */
export interface Setup {
  rate: number; // readings/s, of all series together
  series: number;
  window: number; // ms
  width: number; // CSS px
  height: number;
}

/** Readings of one message: a column a series, all with the same times in µs since 1970. */
export interface Batch {
  seq: number;
  columns: Column[];
}

export interface Contestant {
  /** Takes a message's readings, the newest so far. */
  take?(batch: Batch): void;
  /** Where the stream goes instead, for a chart that takes it in a worker; each message is answered. */
  port?: MessagePort;
  /** Frames painted so far, when they were counted in ms of the page, and the time of the newest reading that the chart had then in ms since 1970. */
  painted(): { frames: number; at: number; newest: number };
}

export type Make = (stage: HTMLElement, setup: Setup) => Contestant;

/** Now, in ms since 1970. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export const COLORS = ["#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#9c755f"];

export function colorOf(series: number): string {
  return COLORS[series % COLORS.length] ?? "#000";
}
