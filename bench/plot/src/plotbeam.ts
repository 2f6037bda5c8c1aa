// Plotbeam's plot as the Remote Client uses it: with its axes, the values
// received last as a legend, a mark, and a cursor with its readout, which both
// painter and document have.

import { Acts } from "../../../web/src/hands/acts";
import { Legend } from "../../../web/src/hands/legend";
import { Readout } from "../../../web/src/hands/readout";
import { Plot } from "../../../web/src/plot/plot";
import { LastValues } from "../../../web/src/values";
import type { Watch } from "../../../web/src/watch";

import type { Batch, Contestant, Setup } from "./contestant";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  const canvas = document.createElement("canvas");
  const last = document.createElement("dl");
  stage.className = "stage";
  canvas.id = "plot";
  last.className = "last";
  stage.append(canvas);
  document.body.append(last);
  const series = Array.from({ length: setup.series }, (_, i) => ({ name: `s${i + 1}`, unit: "V" }));
  const plot = new Plot(canvas, stage);
  const values = new LastValues(last);
  values.schema = series;
  plot.declare(series);
  plot.change({ window: setup.window });
  plot.order({ type: "running", running: true });
  plot.order({ type: "hover", x: setup.width / 2 });
  let counted = { frames: 0, at: 0, newest: 0 };
  const acts = new Acts({ plot, series: () => series } as unknown as Watch, () => {}); // there is no viewer behind it
  const parts = [new Readout(stage, acts), new Legend(last, acts)];
  plot.listen((report) => {
    counted = { frames: report.frames, at: performance.now(), newest: report.newest / 1e3 };
    for (const part of parts) part.show(report);
  });
  let marked = false;
  return {
    take: ({ columns, seq }: Batch): void => {
      values.take(columns, false);
      values.show();
      if (!marked) plot.order({ type: "mark", which: 0, time: columns[0]?.times[0] ?? 0 });
      marked = true;
      plot.take(columns, seq, false);
    },
    settled: async () => void (await plot.ask({ about: "readings", from: 0, to: 0, series: [], most: 0 })),
    painted: () => counted,
  };
}
