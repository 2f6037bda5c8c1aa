// Plotbeam's plot, as the Remote Client uses it, with its axes, its legend and a
// cursor.

import { Plot } from "../../../web/src/plot/plot";

import type { Batch, Contestant, Setup } from "./contestant";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  const canvas = document.createElement("canvas");
  canvas.style.width = "100%";
  canvas.style.height = "100%";
  stage.append(canvas);
  const plot = new Plot(canvas, stage);
  plot.change({ window: setup.window, layout: "overlaid" });
  plot.declare(Array.from({ length: setup.series }, (_, i) => ({ name: `s${i + 1}`, unit: "V" })));
  plot.order({ type: "running", running: true });
  plot.order({ type: "hover", x: setup.width / 2, y: setup.height / 2 });
  let counted = { frames: 0, at: 0, newest: 0 };
  plot.listen(({ frames, newest }) => (counted = { frames, at: performance.now(), newest: newest / 1e3 }));
  return {
    take: ({ columns, seq }: Batch) => plot.take(columns, seq, false),
    settled: async () => void (await plot.ask({ about: "readings", from: 0, to: 0, series: [], most: 0 })),
    painted: () => counted,
  };
}
