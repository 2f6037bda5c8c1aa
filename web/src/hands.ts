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

const SOON = 3_000; // ms in which a key still means what comes

let keys: Keys | undefined;
let empty = true; // nothing has come yet
let early: { stroke: Stroke; at: number }[] = []; // keys that were pressed before

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
  const known = (keys = new Keys(acts, (id) => document.getElementById(id)?.click()));
  const show = (report: Report) => {
    for (const part of parts) part.show(report);
    empty = acts.empty;
    if (empty || early.length === 0) return;
    for (const { stroke, at } of early) if (performance.now() - at < SOON) known.take(stroke);
    early = [];
  };
  watch.plot.listen(show);
  if (watch.plot.report !== undefined) show(watch.plot.report);
  document.addEventListener("plotbeam:look", () => legend.look());
  document.addEventListener("plotbeam:columns", (event) => event instanceof CustomEvent && alarms.take(event.detail as Received));
  listenOn(canvas, acts);
  document.addEventListener("keydown", (event) => !event.defaultPrevented && known.take(event) && event.preventDefault());
}

/** Does what a key stands for that was pressed before this was here; what moves the plot waits for one. */
export function key(stroke: Stroke): void {
  if (empty && /^(Arrow.*|[-+=_,.<>ab ])$/i.test(stroke.key)) early.push({ stroke, at: performance.now() });
  else keys?.take(stroke);
}
