// The Remote Client in another page, where its address says ?embed. It shows
// the plot, its state and the values. With ?embed=pane that other page is one of
// ours which shows several devices, and its tools reach in here.

import type { Look } from "./plot/orders";
import type { Plot } from "./plot/plot";
import { element, make } from "./page";

/** What the page with several devices says to each of its panes. */
export interface Told {
  from: "plotbeam";
  change?: Partial<Look>;
  order?: "pause" | "live";
}

export const READY = "plotbeam:ready"; // said by a pane that listens

/** Joins the page to the one around it. */
export function join(plot: Plot): void {
  if (document.documentElement.dataset["embed"] === "pane") listen(plot);
  else addLink();
}

function listen(plot: Plot): void {
  addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== parent || origin !== location.origin || !isTold(data)) return;
    if (data.change !== undefined) plot.change(data.change);
    if (data.order !== undefined) plot.order({ type: data.order });
  });
  if (parent !== self) parent.postMessage(READY, location.origin);
}

function isTold(data: unknown): data is Told {
  return typeof data === "object" && data !== null && "from" in data && data.from === "plotbeam";
}

/** A way from somebody's page to the whole Remote Client. */
function addLink(): void {
  const link = make("a", "embed-link", "Open");
  const query = new URLSearchParams(location.search);
  query.delete("embed");
  link.href = `${location.pathname}${query.size > 0 ? `?${query}` : ""}${location.hash}`;
  link.target = "_blank";
  link.rel = "noopener";
  link.title = "Open in a page of its own";
  element("state-line", HTMLElement).after(link);
}
