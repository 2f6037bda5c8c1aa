// The worker that the plot runs in, which is begun before the page that needs it
// is loaded.

const early = globalThis as { plotter?: Worker | undefined };

export const PLOTTER = "/assets/plotter.js";

/** Whether the browser paints in workers. */
export function paintsInWorkers(): boolean {
  return "transferControlToOffscreen" in HTMLCanvasElement.prototype;
}

/** Begins the worker for whoever asks for one first. */
export function beginEarly(): void {
  if (paintsInWorkers()) early.plotter = begin();
}

/** Gives a worker, which early.ts may have begun. */
export function plotter(): Worker {
  const worker = early.plotter ?? begin();
  early.plotter = undefined;
  return worker;
}

function begin(): Worker {
  return new Worker(PLOTTER, { type: "module" });
}
