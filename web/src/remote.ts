// The Remote Client: this browser watches a device, live.
//
// /remote/{device} watches that one. /remote lists the devices that are live,
// and opens the only one by itself.
//
// ?path=relay keeps the page on the relay, ?path=direct off it; look.ts tells
// what else a link says of the view. With ?embed the page stands in another one.
//
// For whoever extends or tests the page: where a script has set
// globalThis.plotbeamColumns to true before the page begins, each frame received
// is dispatched on the document as a CustomEvent "plotbeam:columns" with the
// detail {columns, schema, late, path}, columns being {series, count, times (µs),
// values}[], late saying that newer ones have come before; and <main> has what
// the page knows in data attributes: data-phase, data-device, data-readings,
// data-lost, data-skipped, data-repeated, data-late, data-breaks (frames),
// data-path, data-why, data-lag (ms), data-ahead and data-error (µs).

import { bundle } from "./bundle";
import type { Control } from "./control";
import type { Series } from "./frame";
import { recall, remember } from "./identity";
import { late } from "./late";
import type { Linked } from "./look";
import type { DeviceInfo, Identity, Paths } from "./message";
import { clockText, countText, element, hide, make, pathText, windowText, write } from "./page";
import { End } from "./plot/end";
import { type Look, PLAIN } from "./plot/orders";
import { Plot } from "./plot/plot";
import { Rate } from "./rate";
import { deviceInPath, HISTORY } from "./start";
import { throttled } from "./throttle";
import { LastValues } from "./values";
import { Viewing } from "./viewing";
import type { Watch } from "./watch";
import type { Phase } from "./words";

const REGRET = 3_000; // ms
const TOUCHES = ["pointermove", "pointerdown", "wheel", "keydown", "focusin", "click"] as const; // of a person

const STATES: Record<Phase, string> = {
  "connecting-hub": "Connecting to the hub",
  "no-device": "Not online",
  connecting: "Connecting",
  unreachable: "Out of reach",
  live: "Live",
  stopped: "Stopped",
  ended: "Ended",
  "hub-lost": "Hub not reached",
  "no-id": "No such id",
  error: "Disconnected",
};

const main = element("main", HTMLElement);
const heading = element("device", HTMLHeadingElement);
const state = element("state", HTMLElement);
const activity = element("activity", HTMLElement);
const path = element("path", HTMLElement);
const why = element("why", HTMLButtonElement);
const checkButton = element("check", HTMLButtonElement);
const message = element("message", HTMLElement);
const messageText = element("message-text", HTMLElement);
const messageHint = element("message-hint", HTMLElement);
const listing = element("listing", HTMLElement);
const watching = element("watching", HTMLElement);
const readings = element("readings", HTMLElement);
const perSecond = element("rate", HTMLElement);
const lost = element("lost", HTMLElement);
const skipped = element("skipped", HTMLElement);
const repeated = element("repeated", HTMLElement);
const clock = element("clock", HTMLElement);
const ownID = element("own-id", HTMLElement);
const windowSelect = element("window", HTMLSelectElement);
const pause = element("pause", HTMLButtonElement);
const view = element("view", HTMLSelectElement);
const share = element("share", HTMLButtonElement);
const settings = element("settings", HTMLButtonElement);
const figures = element("figures", HTMLButtonElement);
const help = element("help", HTMLButtonElement);
const canvas = element("plot", HTMLCanvasElement);

const end = new End(canvas);
const plot = new Plot(end, canvas, element("stage", HTMLElement));
const values = new LastValues(element("last", HTMLElement));
const named = deviceInPath();
const linked = await viewInLink();
let series: Series[] = []; // with units as people write them
let viewer: Viewing | undefined; // once it has begun
let control: Promise<Control> | undefined; // where the device has ever allowed any
let hands: Promise<typeof import("./hands")> | undefined;
let several = false; // whether the list ever had more than one to choose from
let listed = false;
let told = false; // that somebody wants the readings
let chosen: Look["window"] = linked.look.window ?? PLAIN.window; // by the viewer, for when the device is live again
const rate = new Rate();
const countsSoon = throttled(showCounts, 500); // each time that one is written, the page is laid out

windowSelect.addEventListener("change", () => setWindow(windowSelect.value === "all" ? "all" : Number(windowSelect.value)));
pause.addEventListener("click", () => plot.order({ type: plot.report?.live === false ? "live" : "pause" }));
plot.listen(({ live, figures }) => {
  write(pause, live ? "Pause" : "Live");
  values.take(figures);
  values.show();
});
document.addEventListener("plotbeam:look", showWindow);
document.addEventListener("plotbeam:look", tell);
for (const button of [checkButton, why]) button.addEventListener("click", () => void reach("checkup").catch(() => regret(checkButton)));
share.addEventListener("click", () => void reach("share").catch(() => regret(share)));
view.addEventListener("change", showView);
for (const touch of TOUCHES) document.addEventListener(touch, takeInHand, { capture: true, passive: true });
if (document.documentElement.dataset["embed"] !== undefined) void late<typeof import("./embedded")>("embedded").then(({ join }) => join(plot));
plot.change(linked.look);
if (linked.shown !== undefined) plot.order({ type: "show", ...linked.shown });
void Promise.all([recall("viewer"), plot.ready]).then(([identity]) => start(identity));

/** Loads a bundle that not everybody needs, and has it show itself. */
async function reach(name: "checkup" | "share" | "planes"): Promise<void> {
  const { open } = await late<{ open(watch: Watch): void }>(name);
  if (viewer !== undefined) open(watch());
}

/** Shows the readings in the way that the list says. */
function showView(): void {
  void reach("planes").catch(() => (view.value = "time")); // the hub is not reached
}

/** Says on a button that what it opens could not be loaded. */
function regret(button: HTMLButtonElement): void {
  const words = button.textContent;
  write(button, "Hub not reached");
  button.disabled = true;
  setTimeout(() => {
    write(button, words);
    button.disabled = false;
  }, REGRET);
}

function watch(): Watch {
  return { plot, viewer: viewer!, series: () => series };
}

/** Loads what a person does with the plot as soon as there is one, and hands on what that person has done meanwhile. */
function takeInHand(event: Event): void {
  const early = event instanceof KeyboardEvent ? event : undefined;
  const pressed = event.type === "click" && event.target instanceof HTMLButtonElement ? event.target : undefined;
  if (viewer === undefined) return;
  hands ??= late<typeof import("./hands")>("hands").then((bundle) => {
    for (const touch of TOUCHES) document.removeEventListener(touch, takeInHand, { capture: true });
    bundle.take(watch());
    late("checkup").catch(() => {}); // now, as the hub may be gone when it is wanted
    return bundle;
  });
  hands.then(
    ({ key }) => {
      if (early !== undefined) key(early);
      if (pressed === settings || pressed === figures || pressed === help) pressed.click();
    },
    () => (hands = undefined), // the hub is not reached: the next touch tries again
  );
}

function start(identity: Identity): void {
  const viewing = new Viewing({
    end,
    identity,
    device: named,
    choice: chosenPath(),
    since: historyOf(linked),
    onIdentity: (id, secret) => remember("viewer", id, secret),
    onDevices: listDevices,
    onSchema: (next) => {
      series = next;
      values.schema = next;
    },
    onColumns: (columns, late, path) => document.dispatchEvent(new CustomEvent("plotbeam:columns", { detail: { columns, schema: { series }, late, path } })),
    onKnown: () => {
      const first = viewer === undefined;
      viewer = viewing;
      show();
      if (first && linked.view !== undefined) {
        view.value = linked.view;
        showView();
      }
      if (hands === undefined && plot.look.thresholds.length > 0) takeInHand(new Event("alarm")); // that a link carries: nobody may ever touch this page
    },
  });
}

/** Asks for the readings, too, where somebody wants them: a threshold watches over each. */
function tell(): void {
  const wanted = plot.look.thresholds.length > 0 || (globalThis as { plotbeamColumns?: boolean }).plotbeamColumns === true;
  if (wanted !== told) end.send({ type: "tell", tell: wanted });
  told = wanted;
}

/** The view that the page's address carries; most carry none, and need no reader. */
async function viewInLink(): Promise<Linked> {
  if (location.search === "") return { look: {} };
  const { readLink } = await bundle<typeof import("./look")>("look");
  return readLink(new URLSearchParams(location.search));
}

/** How much of the past a view needs, in ms; negative is all. */
function historyOf({ look: { window = 0 }, shown }: Linked): number {
  return window === "all" ? -1 : Math.max(HISTORY, window, Math.ceil(Date.now() - (shown?.start ?? Infinity) / 1e3));
}

/** The path that the link asks for, if it does. */
function chosenPath(): Paths {
  const asked = new URLSearchParams(location.search).get("path");
  return asked === "relay" || asked === "direct" ? asked : "";
}

function listDevices(list: DeviceInfo[]): void {
  several ||= list.length > 1;
  const only = list[0];
  if (named === "" && viewer?.device === "" && !several && only !== undefined) viewer.watch(only.id);
  late<typeof import("./listing")>("listing").then(
    ({ show: fill }) => {
      fill(list);
      listed = true;
      show();
    },
    () => {}, // the hub is not reached: it lists them again
  );
}

/** Writes all that the viewer knows to the page. */
function show(): void {
  if (viewer === undefined) return;
  const { phase, device, counts } = viewer;
  const choosing = device === "" && listed && phase === "connecting-hub";
  hide(listing, !(choosing || (named === "" && listed && several && phase === "no-device")));
  hide(watching, choosing);
  main.toggleAttribute("data-empty", counts.readings === 0);
  main.toggleAttribute("data-choosing", choosing);

  const words = choosing ? "Choose a device" : STATES[phase];
  const nobody = device === "" || phase === "no-id";
  write(heading, nobody ? "Remote Client" : device);
  write(state, words);
  write(activity, phase === "live" ? (viewer.deviceState?.text ?? "") : "");
  activity.title = activity.textContent;
  countsSoon();
  write(ownID, viewer.id === "" ? "…" : viewer.id);
  const title = `${nobody ? "Remote Client" : `${device} · ${words}`} · Plotbeam`;
  if (document.title !== title) document.title = title;

  showPath(viewer);
  showMessage(phase, choosing);
  showControl(viewer);
  steerPlot(phase);
  describePlot(device, words);
  const { dataset } = main;
  dataset["phase"] = phase;
  dataset["device"] = device;
  dataset["readings"] = String(counts.readings);
  dataset["lost"] = String(counts.lost);
  dataset["skipped"] = String(viewer.skipped);
  dataset["repeated"] = String(counts.repeated);
  dataset["late"] = String(counts.late);
  dataset["breaks"] = String(counts.breaks);
}

function showCounts(): void {
  if (viewer === undefined) return;
  const { counts } = viewer;
  write(readings, countText(counts.readings));
  write(perSecond, `${countText(Math.round(rate.take(counts.readings, performance.now()) ?? 0))}/s`);
  write(lost, countText(counts.lost));
  write(skipped, countText(viewer.skipped));
  write(repeated, countText(counts.repeated));
}

function showControl(of: Viewing): void {
  if (of.deviceState?.controls !== undefined) control ??= late<typeof import("./control")>("control").then(({ Control }) => new Control(of));
  control?.then(
    (one) => one.show(),
    () => (control = undefined),
  );
}

/** Writes how readings come here, why not directly, how far behind they are, and by what clock. */
function showPath({ path: taken, why: reason, cause, lagMs, ahead }: Viewing): void {
  write(path, taken === "" ? "not connected" : pathText(taken, lagMs));
  write(why, taken === "relay" ? reason : "");
  write(clock, ahead === undefined ? "" : clockText(ahead.ahead, ahead.error));
  const { dataset } = main;
  dataset["path"] = taken;
  dataset["why"] = reason;
  main.toggleAttribute("data-opening", cause === "opening");
  dataset["lag"] = lagMs === undefined ? "" : String(lagMs);
  dataset["ahead"] = ahead === undefined ? "" : String(ahead.ahead);
  dataset["error"] = ahead === undefined ? "" : String(ahead.error);
}

function showMessage(phase: Phase, choosing: boolean): void {
  const waiting = phase === "live" && viewer?.counts.readings === 0;
  hide(message, choosing || (phase === "live" && !waiting));
  write(messageText, waiting ? "Connected. Waiting for the first reading." : (viewer?.text ?? ""));
  write(messageHint, waiting ? "" : (viewer?.hint ?? ""));
}

/** Lets the plot run while the device does; what has ended is shown whole. */
function steerPlot(phase: Phase): void {
  if (phase === "connecting" || phase === "connecting-hub" || phase === "hub-lost") return; // goes on as it was
  if (phase === main.dataset["phase"]) return;
  plot.order({ type: "running", running: phase === "live" });
  if (phase === "ended") {
    chosen = plot.look.window;
    setWindow("all");
  } else if (phase === "live" && main.dataset["phase"] === "ended") setWindow(chosen);
}

function setWindow(window: Look["window"]): void {
  plot.change({ window });
}

/** Shows the window in the list, which has one more where it is none of those there. */
function showWindow(): void {
  const value = String(plot.look.window);
  const other = windowSelect.querySelector<HTMLOptionElement>("[data-other]");
  if ([...windowSelect.options].every((option) => option.value !== value)) {
    const option = other ?? windowSelect.appendChild(make("option"));
    option.dataset["other"] = "";
    option.value = value;
    write(option, windowText(Number(value)));
  } else if (other?.value !== value) other?.remove();
  windowSelect.value = value;
}

function describePlot(device: string, words: string): void {
  const names = series.map(({ name, unit = "" }) => (unit === "" ? name : `${name} in ${unit}`));
  const label = names.length === 0 ? "Live plot, empty" : `Live plot of ${names.join(", ")} from ${device}: ${words}`;
  if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
}
