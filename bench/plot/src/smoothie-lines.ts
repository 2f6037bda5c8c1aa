// SmoothieCharts with straight lines, which cost it less.

import type { Contestant, Setup } from "./contestant";
import { smoothie } from "./smoothie";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  return smoothie(stage, setup, "linear");
}
