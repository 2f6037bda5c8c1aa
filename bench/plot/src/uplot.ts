// uPlot on the raw readings of the window, painted anew for each frame.

import uPlot, { type AlignedData } from "uplot";
import "uplot/dist/uPlot.min.css";

import { type Batch, colorOf, type Contestant, nowMs, type Setup } from "./contestant";
import { Rows } from "./rows";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  const rows = new Rows(setup.series, setup.rate, setup.window);
  let frames = 0;
  const series: uPlot.Series[] = [{}];
  for (let i = 0; i < setup.series; i++) series.push({ label: `s${i + 1}`, stroke: colorOf(i) });
  const chart = new uPlot(
    { width: setup.width, height: setup.height, series, legend: { show: false }, hooks: { draw: [() => frames++] } },
    rows.since(0) as unknown as AlignedData, // typed arrays do, whatever the types say
    stage,
  );
  const paint = (): void => {
    requestAnimationFrame(paint);
    const max = nowMs() / 1e3;
    const min = max - setup.window / 1e3;
    chart.batch(() => {
      chart.setData(rows.since(min) as unknown as AlignedData, false);
      chart.setScale("x", { min, max });
    });
  };
  requestAnimationFrame(paint);
  return {
    take: (batch: Batch) => rows.take(batch),
    painted: () => ({ frames, at: performance.now(), newest: rows.newest }),
  };
}
