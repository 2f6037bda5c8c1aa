// The worker of Plotbeam's plot in the bench: the project's own, which besides
// takes the stream from a port as it does a link's channel.

import type { Order } from "../../../web/src/plot/orders";
import { Watcher } from "../../../web/src/watcher";
import type { Batch } from "./contestant";

const here = globalThis as unknown as { postMessage(message: unknown): void };
const watcher = new Watcher((word) => here.postMessage(word));

self.onmessage = ({ data }: MessageEvent<Order | { type: "stream"; port: MessagePort }>): void => {
  if (data.type !== "stream") {
    watcher.take(data);
    return;
  }
  const { port } = data;
  port.onmessage = ({ data: { columns, seq } }: MessageEvent<Batch>): void => {
    watcher.take({ type: "take", columns, seq, late: false });
    port.postMessage("taken");
  };
};
