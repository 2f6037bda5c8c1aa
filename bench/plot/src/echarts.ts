// ECharts with its sampling, on the raw readings of the window, painted anew for
// each frame.

import { init } from "echarts";

import { type Batch, colorOf, type Contestant, nowMs, type Setup } from "./contestant";
import { Rows } from "./rows";

export function make(stage: HTMLElement, setup: Setup): Contestant {
  const rows = new Rows(setup.series, setup.rate, setup.window);
  let frames = 0;
  const chart = init(stage);
  chart.setOption({
    animation: false,
    grid: { left: 50, right: 20, top: 20, bottom: 40 }, // as much room for the lines as the others have
    xAxis: { type: "time" },
    yAxis: { type: "value" },
    series: Array.from({ length: setup.series }, (_, i) => ({ type: "line", name: `s${i + 1}`, showSymbol: false, sampling: "lttb", lineStyle: { color: colorOf(i), width: 1 }, data: [] })),
  });
  chart.on("rendered", () => {
    frames++;
  });
  const paint = (): void => {
    requestAnimationFrame(paint);
    const max = nowMs();
    const min = max - setup.window;
    const [times = new Float64Array(), ...values] = rows.since(min / 1e3);
    chart.setOption({ xAxis: { min, max }, series: values.map((of) => ({ data: pairs(times, of) })) });
  };
  requestAnimationFrame(paint);
  return {
    take: (batch: Batch) => rows.take(batch),
    painted: () => ({ frames, at: performance.now(), newest: rows.newest }),
  };
}

/** ms and values by turns, which is what ECharts takes fastest. */
function pairs(times: Float64Array, values: Float64Array): Float64Array {
  const all = new Float64Array(2 * times.length);
  for (let i = 0; i < times.length; i++) {
    all[2 * i] = (times[i] ?? 0) * 1e3;
    all[2 * i + 1] = values[i] ?? 0;
  }
  return all;
}
