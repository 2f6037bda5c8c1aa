// The page's end of what runs in its worker: orders and errands go in, words and
// news come out. Where a browser cannot paint in workers, the same runs here.

import type { Errand, News } from "../errands";
import type { Order, Word } from "./orders";
import { paintsInWorkers, plotter, PLOTTER } from "./worker";

export class End {
  #send: ((order: Order | Errand, transfer: Transferable[]) => void) | undefined;
  #early: (Order | Errand)[] = []; // until what runs on the page is loaded
  readonly #heard: ((word: Word | News) => void)[] = [];

  /** Has the plot painted on the canvas. */
  constructor(canvas: HTMLCanvasElement) {
    const hear = (word: Word | News): void => {
      for (const heard of this.#heard) heard(word);
    };
    if (!paintsInWorkers()) {
      void (import(PLOTTER) as Promise<typeof import("./plotter")>).then(({ Watcher }) => {
        const watcher = new Watcher(hear);
        watcher.core.paintOn(canvas);
        this.#send = (order) => watcher.take(order);
        for (const order of this.#early.splice(0)) watcher.take(order);
      });
      return;
    }
    const worker = plotter();
    worker.onmessage = ({ data }: MessageEvent<Word | News>) => hear(data);
    this.#send = (order, transfer) => worker.postMessage(order, transfer);
    const drawn = canvas.transferControlToOffscreen();
    this.send({ type: "canvas", canvas: drawn }, [drawn]);
  }

  send(order: Order | Errand, transfer: Transferable[] = []): void {
    if (this.#send === undefined) this.#early.push(order);
    else this.#send(order, transfer);
  }

  /** Calls `heard` with each word. */
  listen(heard: (word: Word | News) => void): void {
    this.#heard.push(heard);
  }
}
