// The Remote Client in another page, where its address says ?embed. It shows
// the plot, its state and the values. With ?embed=pane that other page is one of
// ours which shows several devices, and its tools reach in here.
//
//	several devices ──Told──> pane
//	                <──Said──

import type { Look } from "./plot/orders";
import type { Plot } from "./plot/plot";
import { element, make } from "./page";

/** What the page with several devices tells each of its panes. */
export interface Told {
  from: "plotbeam";
  change?: Partial<Look>;
  order?: "pause" | "live";
}

/** What a pane says once it listens, and whenever its view begins or ends to stand still. */
export interface Said {
  from: "plotbeam";
  standing: boolean;
}

/** Joins the page to the one around it. */
export function join(plot: Plot): void {
  const pane = document.documentElement.dataset["embed"] === "pane" && parent !== self;
  const say = (standing: boolean): void => {
    document.documentElement.toggleAttribute("data-standing", standing); // there is a way back to now
    if (pane) parent.postMessage({ from: "plotbeam", standing } satisfies Said, location.origin);
  };
  let standing = false;
  plot.listen(({ live }) => {
    if (standing !== live) return;
    standing = !live;
    say(standing);
  });
  if (!pane) {
    addLink();
    return;
  }
  addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== parent || origin !== location.origin || !isOurs(data)) return;
    const { change, order } = data as Told;
    if (change !== undefined) plot.change(change);
    if (order !== undefined) plot.order({ type: order });
  });
  say(standing);
}

/** Whether a message is between a pane and its page. */
export function isOurs(data: unknown): data is { from: "plotbeam" } {
  return typeof data === "object" && data !== null && "from" in data && data.from === "plotbeam";
}

/** A way from somebody's page to the whole Remote Client. */
function addLink(): void {
  const link = make("a", "", "Open");
  const query = new URLSearchParams(location.search);
  query.delete("embed");
  link.href = `${location.pathname}${query.size > 0 ? `?${query}` : ""}${location.hash}`;
  link.target = "_blank";
  link.rel = "noopener";
  link.title = "Open in a page of its own";
  element("path", HTMLElement).after(link);
}
