// Everything that a person does with the plot, in a bundle that comes after it:
// gestures, keys, the bar below, the readout of the cursors, the legend, the
// table of figures, settings, alarms and help.
//
//	pointers ┐
//	keys     ├─> Acts ──> Order, Look ──> the plot
//	buttons  ┘                              │
//	readout, bar, legend, figures … <── Report

import { Acts } from "./hands/acts";
import { Alarms, type Received } from "./hands/alarms";
import { Description } from "./hands/describe";
import { FiguresTable } from "./hands/figures";
import { listenOn } from "./hands/gestures";
import { openHelp } from "./hands/help";
import { Keys, type Stroke } from "./hands/keys";
import { Legend } from "./hands/legend";
import { Readout } from "./hands/readout";
import { Scrub } from "./hands/scrub";
import { Settings } from "./hands/settings";
import { Status } from "./hands/status";
import { element } from "./page";
import type { Report } from "./plot/orders";
import type { Watch } from "./watch";

let keys: Keys | undefined;

/** Takes the plot in hand; once. */
export function take(watch: Watch): void {
  const canvas = element("plot", HTMLCanvasElement);
  const stage = element("stage", HTMLElement);
  const scrubbing = element("scrub", HTMLElement);
  const button = (id: string) => element(id, HTMLButtonElement);
  const status = new Status(stage);
  const acts = new Acts(watch, (text) => status.say(text));
  const alarms = new Alarms(acts);
  const legend = new Legend(element("last", HTMLElement), acts);
  const parts = [new Scrub(scrubbing, acts), new Readout(stage, acts), legend, new FiguresTable(button("figures"), scrubbing, acts), new Description(canvas, acts)];
  let settings: Settings | undefined;
  button("settings").addEventListener("click", () => (settings ??= new Settings(acts, alarms)).open());
  button("help").addEventListener("click", openHelp);
  const show = (report: Report) => {
    for (const part of parts) part.show(report);
  };
  watch.plot.listen(show);
  if (watch.plot.report !== undefined) show(watch.plot.report);
  document.addEventListener("plotbeam:look", () => legend.look());
  document.addEventListener("plotbeam:columns", (event) => event instanceof CustomEvent && alarms.take(event.detail as Received));
  listenOn(canvas, acts);
  keys = new Keys(acts, (id) => document.getElementById(id)?.click());
  document.addEventListener("keydown", (event) => !event.defaultPrevented && key(event) && event.preventDefault());
}

/** Does what a key stands for. Says whether it stands for anything. */
export function key(stroke: Stroke): boolean {
  return keys?.take(stroke) ?? false;
}
