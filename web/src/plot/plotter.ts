// The plot in a worker of its own, which paints on the page's canvas there, and
// the plot on the page, for browsers that cannot.

import { Core } from "./core";
import type { Order } from "./orders";

export { Core };

const here: unknown = globalThis;

if (typeof WorkerGlobalScope === "function" && here instanceof WorkerGlobalScope) {
  const scope = globalThis as unknown as Pick<DedicatedWorkerGlobalScope, "postMessage" | "onmessage">;
  const core = new Core((word) => scope.postMessage(word));
  scope.onmessage = ({ data }: MessageEvent<Order>) => core.take(data);
}

/** What the types of a page do not have. */
declare const WorkerGlobalScope: (new () => object) | undefined;
interface DedicatedWorkerGlobalScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent) => void;
}
