// The page of the bench: one chart, and the stream that it plots.
//
// ?chart=uplot&rate=1000&series=4&window=10000&width=1200&height=600
//
// window.bench tells how it goes: phase is "filling", "full" (the window is, and
// the stream has come to now) or "overdue" (the stream has, the window is not full);
// filled is how long that took, in ms.

import type { Contestant, Make, Setup } from "./contestant";
import type { Begin, Told } from "./stream";

declare global {
  interface Window {
    bench: { phase: "filling" | "full" | "overdue"; filled: number; painted: Contestant["painted"] };
  }
}

void run();

async function run(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const number = (name: string): number => Number(asked.get(name));
  const setup: Setup = { rate: number("rate"), series: number("series"), window: number("window"), width: number("width"), height: number("height") };
  const stage = document.createElement("div");
  stage.id = "stage";
  stage.style.width = `${setup.width}px`;
  stage.style.height = `${setup.height}px`;
  document.body.append(stage);
  const script = `/${asked.get("chart")}.js`;
  const { make } = (await import(script)) as { make: Make };
  const chart = make(stage, setup);
  const begun = performance.now();
  window.bench = { phase: "filling", filled: 0, painted: () => chart.painted() };
  const worker = new Worker("/stream.js", { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Told>): void => {
    if ("full" in data) {
      window.bench.phase = data.full ? "full" : "overdue";
      window.bench.filled = performance.now() - begun;
      return;
    }
    chart.take?.(data);
    if (window.bench.phase === "filling") worker.postMessage("taken");
  };
  worker.postMessage({ setup, port: chart.port } satisfies Begin, chart.port === undefined ? [] : [chart.port]);
}
