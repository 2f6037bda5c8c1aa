// SmoothieCharts as the old demo used it, with its window made to fit. It paints
// only when the time has moved by a pixel.

import { SmoothieChart, TimeSeries } from "smoothie";

import { type Batch, colorOf, type Contestant, type Setup } from "./contestant";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  return smoothie(stage, setup, "bezier");
}

export function smoothie(stage: HTMLElement, setup: Setup, interpolation: "bezier" | "linear"): Contestant {
  const canvas = document.createElement("canvas");
  canvas.style.width = "100%";
  canvas.style.height = "100%";
  stage.append(canvas);
  const chart = new SmoothieChart({ responsive: true, millisPerPixel: setup.window / setup.width, interpolation });
  const lines = Array.from({ length: setup.series }, (_, series) => {
    const line = new TimeSeries();
    chart.addTimeSeries(line, { strokeStyle: colorOf(series) });
    return line;
  });
  let frames = 0;
  let newest = 0;
  countPaints(canvas, () => frames++);
  chart.streamTo(canvas);
  return {
    take({ columns }: Batch): void {
      for (const { series, count, times, values } of columns) {
        const line = lines[series];
        for (let i = 0; i < count; i++) line?.append((times[i] ?? 0) / 1e3, values[i] ?? 0);
        newest = (times[count - 1] ?? 0) / 1e3;
      }
    },
    painted: () => ({ frames, at: performance.now(), newest }),
  };
}

/** Tells of each picture: it begins with clearing all of the canvas. */
function countPaints(canvas: HTMLCanvasElement, painted: () => void): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const clear = context.clearRect.bind(context);
  context.clearRect = (x, y, width, height): void => {
    if (x === 0 && y === 0 && height > 100) painted();
    clear(x, y, width, height);
  };
}
