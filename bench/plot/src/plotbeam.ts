// Plotbeam's plot as the Remote Client uses it: readings go to its worker, and
// the page has the axes, the values received last as a legend, a mark, and a
// cursor with its readout, which both painter and document have.

import { Acts } from "../../../web/src/hands/acts";
import { Legend } from "../../../web/src/hands/legend";
import { Readout } from "../../../web/src/hands/readout";
import { End } from "../../../web/src/plot/end";
import { Plot } from "../../../web/src/plot/plot";
import { LastValues } from "../../../web/src/values";
import type { Watch } from "../../../web/src/watch";

import type { Contestant, Setup } from "./contestant";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  const canvas = document.createElement("canvas");
  const last = document.createElement("dl");
  stage.className = "stage";
  canvas.id = "plot";
  last.className = "last";
  stage.append(canvas);
  document.body.append(last);
  const series = Array.from({ length: setup.series }, (_, i) => ({ name: `s${i + 1}`, unit: "V" }));
  const worker = new Worker("/taker.js", { type: "module" });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ type: "stream", port: port1 }, [port1]);
  Object.assign(globalThis, { plotter: worker }); // as early.ts has one ready
  const end = new End(canvas);
  const plot = new Plot(end, canvas, stage);
  const values = new LastValues(last);
  values.schema = series;
  plot.order({ type: "schema", series });
  plot.change({ window: setup.window });
  plot.order({ type: "running", running: true });
  plot.order({ type: "hover", x: setup.width / 2 });
  let counted = { frames: 0, at: 0, newest: 0 };
  const acts = new Acts({ plot, series: () => series } as unknown as Watch, () => {}); // there is no viewer behind it
  const parts = [new Readout(stage, acts), new Legend(last, acts)];
  let marked = false;
  plot.listen((report) => {
    counted = { frames: report.frames, at: performance.now(), newest: report.newest / 1e3 };
    values.take(report.figures);
    values.show();
    for (const part of parts) part.show(report);
    if (!marked && report.held > 0) plot.order({ type: "mark", which: 0, time: report.oldest });
    marked ||= report.held > 0;
  });
  return { port: port2, painted: () => counted };
}
