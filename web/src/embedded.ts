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

/** What a pane says once it listens, and whenever it is otherwise. */
export interface Said {
  from: "plotbeam";
  standing: boolean; // its view does not follow now
  height: number; // CSS px that it has, or needs
}

/** Joins the page to the one around it. */
export function join(plot: Plot): void {
  const root = document.documentElement;
  const pane = root.dataset["embed"] === "pane" && parent !== self;
  let said: Said | undefined;
  const tell = (standing: boolean): void => {
    const height = root.scrollHeight;
    if (said?.standing === standing && said.height === height) return;
    said = { from: "plotbeam", standing, height };
    root.toggleAttribute("data-standing", standing); // there is a way back to now
    if (pane) parent.postMessage(said, location.origin);
  };
  plot.listen(({ live }) => tell(!live));
  tell(false);
  if (pane) listen(plot);
  else addLink();
}

function listen(plot: Plot): void {
  addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== parent || origin !== location.origin || !isOurs(data)) return;
    const { change, order } = data as Told;
    if (change !== undefined) plot.change(change);
    if (order !== undefined) plot.order({ type: order });
  });
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
