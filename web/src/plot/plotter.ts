// The viewer and its plot in a worker of their own, which paints on the page's
// canvas there; and what runs on the page, for browsers that cannot do that.

import type { Errand } from "../errands";
import { Watcher } from "../watcher";
import type { Order } from "./orders";

export { Watcher };

const here: unknown = globalThis;

if (typeof WorkerGlobalScope === "function" && here instanceof WorkerGlobalScope) {
  const scope = globalThis as unknown as Pick<DedicatedWorkerGlobalScope, "postMessage" | "onmessage">;
  const watcher = new Watcher((word) => scope.postMessage(word));
  scope.onmessage = ({ data }: MessageEvent<Order | Errand>) => watcher.take(data);
}

/** What the types of a page do not have. */
declare const WorkerGlobalScope: (new () => object) | undefined;
interface DedicatedWorkerGlobalScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent) => void;
}
