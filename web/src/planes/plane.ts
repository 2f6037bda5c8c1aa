// What the planes have in common: a way to see readings that has no time axis.

import type { Series } from "../frame";
import type { Theme } from "../plot/theme";
import type { Context } from "./chart";
import type { Readings } from "./even";

export interface Plane {
  readonly name: string;
  readonly most: number; // readings that it wants of a series
  readonly fields: HTMLElement[]; // to choose with

  /** The series that are wanted, by index. */
  wanted(series: readonly Series[]): number[];

  /** Takes the readings of those, in their order. Live says whether the newest of them is now. */
  take(readings: readonly Readings[], live: boolean): void;

  /** `x` is the pointer's, in CSS px of the canvas. */
  paint(context: Context, theme: Theme, x: number | undefined): void;

  readonly label: string; // what is seen, for who does not see it
  readonly words: string; // the result, in a few
  readonly note: string; // what it was made from
  readonly chosen: readonly (readonly [string, string])[]; // what a link has to say besides, as keys and values
}
