// The Remote Client: this browser watches a device, live.
//
// /remote/{device} watches that one. /remote lists the devices that are live,
// and opens the only one by itself.
//
// For whoever extends or tests the page: each frame received is dispatched on
// the document as a CustomEvent "plotbeam:columns" with the detail
// {columns, schema}, columns being {series, count, times (µs), values}[]; and
// <main> has what the page knows in data attributes: data-phase, data-device,
// data-readings, data-lost, data-repeated, data-path, data-lag (ms).

import { recall, remember } from "./identity";
import type { DeviceInfo, Identity } from "./message";
import { countText, element, make, pathText, socketURL, throttled, write } from "./page";
import { Plot, type Readings, type SeriesInfo } from "./plot";
import { LastValues } from "./values";
import { Viewer, type Phase } from "./viewer";

const HISTORY = 60_000; // ms that are asked for at the start

const STATES: Record<Phase, string> = {
  "connecting-hub": "Connecting to the hub",
  "no-device": "Not online",
  connecting: "Connecting",
  unreachable: "Out of reach",
  live: "Live",
  stopped: "Stopped",
  ended: "Ended",
  "hub-lost": "Hub not reached",
  "no-webrtc": "No WebRTC here",
  error: "Disconnected",
};

const main = element("main", HTMLElement);
const heading = element("device", HTMLHeadingElement);
const state = element("state", HTMLElement);
const activity = element("activity", HTMLElement);
const path = element("path", HTMLElement);
const message = element("message", HTMLElement);
const messageText = element("message-text", HTMLElement);
const messageHint = element("message-hint", HTMLElement);
const listing = element("listing", HTMLElement);
const devices = element("devices", HTMLElement);
const noDevices = element("no-devices", HTMLElement);
const watching = element("watching", HTMLElement);
const readings = element("readings", HTMLElement);
const lost = element("lost", HTMLElement);
const ownID = element("own-id", HTMLElement);
const windowSelect = element("window", HTMLSelectElement);
const canvas = element("plot", HTMLCanvasElement);

const plot = new Plot(canvas, element("stage", HTMLElement));
const values = new LastValues(element("last", HTMLElement));
const named = deviceInPath();
let schema: { series: SeriesInfo[] } = { series: [] };
let viewer: Viewer | undefined;
let several = false; // whether the list ever had more than one to choose from
let listed = false;
let chosen = windowSelect.value; // by the viewer, for when the device is live again
const refresh = throttled(show);

windowSelect.addEventListener("change", () => {
  chosen = windowSelect.value;
  setWindow(chosen);
});
void recall("viewer").then(start);

function start(identity: Identity): void {
  viewer = new Viewer({
    url: socketURL(),
    identity,
    ...(named !== "" && { device: named }),
    since: HISTORY,
    onIdentity: (id, secret) => remember("viewer", id, secret),
    onDevices: listDevices,
    onSchema: (next) => {
      schema = next;
      plot.schema = next.series;
      values.schema = next.series;
    },
    onColumns: take,
    onGap: () => plot.gap(),
    onChange: refresh,
  });
  refresh();
}

function take(columns: Readings[]): void {
  plot.append(columns);
  values.take(columns);
  document.dispatchEvent(new CustomEvent("plotbeam:columns", { detail: { columns, schema } }));
  refresh();
}

function deviceInPath(): string {
  try {
    return decodeURIComponent(location.pathname.split("/")[2] ?? "");
  } catch {
    return location.pathname.split("/")[2] ?? ""; // no name at all; the hub knows no such device
  }
}

function listDevices(list: DeviceInfo[]): void {
  listed = true;
  several ||= list.length > 1;
  const only = list[0];
  if (named === "" && viewer?.device === "" && !several && only !== undefined) viewer.watch(only.id);
  devices.replaceChildren(...list.map(deviceItem));
  noDevices.hidden = list.length > 0;
  refresh();
}

function deviceItem(info: DeviceInfo): HTMLElement {
  const link = make("a");
  link.href = `/remote/${encodeURIComponent(info.id)}`;
  const lamp = make("span", "lamp");
  lamp.dataset["activity"] = info.state.activity;
  const watchers = info.viewers === 1 ? "1 viewer" : `${info.viewers === 0 ? "no" : info.viewers} viewers`;
  link.append(lamp, make("span", "device-name", info.id), make("span", "device-state", info.state.text ?? ""), make("span", "device-viewers", watchers));
  const item = make("li");
  item.append(link);
  return item;
}

/** Writes all that the viewer knows to the page. */
function show(): void {
  if (viewer === undefined) return;
  const { phase, device, counts } = viewer;
  const choosing = device === "" && listed && phase === "connecting-hub";
  listing.hidden = !(choosing || (named === "" && several && phase === "no-device"));
  watching.hidden = choosing;
  main.toggleAttribute("data-empty", plot.empty);
  main.toggleAttribute("data-choosing", choosing);

  const words = choosing ? "Choose a device" : STATES[phase];
  write(heading, device === "" ? "Remote Client" : device);
  write(state, words);
  write(activity, phase === "live" ? (viewer.deviceState?.text ?? "") : "");
  write(path, viewer.path === "" ? "not connected" : pathText(viewer.path, viewer.lagMs));
  write(readings, countText(counts.readings));
  write(lost, countText(counts.lost));
  write(ownID, viewer.id === "" ? "…" : viewer.id);
  const title = `${device === "" ? "Remote Client" : `${device} · ${words}`} · Plotbeam`;
  if (document.title !== title) document.title = title;

  showMessage(phase, choosing);
  values.show();
  steerPlot(phase);
  describePlot(device, words);
  const { dataset } = main;
  dataset["phase"] = phase;
  dataset["device"] = device;
  dataset["readings"] = String(counts.readings);
  dataset["lost"] = String(counts.lost);
  dataset["repeated"] = String(counts.repeated);
  dataset["path"] = viewer.path;
  dataset["lag"] = viewer.lagMs === undefined ? "" : String(viewer.lagMs);
}

function showMessage(phase: Phase, choosing: boolean): void {
  const waiting = phase === "live" && plot.empty;
  message.hidden = choosing || (phase === "live" && !waiting);
  write(messageText, waiting ? "Connected. Waiting for the first reading." : (viewer?.text ?? ""));
  write(messageHint, waiting ? "" : (viewer?.hint ?? ""));
}

/** Lets the plot run while the device does; what has ended is shown whole. */
function steerPlot(phase: Phase): void {
  if (phase === "connecting" || phase === "connecting-hub" || phase === "hub-lost") return; // goes on as it was
  plot.running = phase === "live";
  if (phase === main.dataset["phase"]) return;
  if (phase === "ended") setWindow("all");
  else if (phase === "live") setWindow(chosen);
}

function setWindow(value: string): void {
  windowSelect.value = value;
  plot.span = value === "all" ? "all" : Number(value);
}

function describePlot(device: string, words: string): void {
  const names = schema.series.map(({ name, unit }) => (unit === undefined ? name : `${name} in ${unit}`));
  const label = names.length === 0 ? "Live plot, empty" : `Live plot of ${names.join(", ")} from ${device}: ${words}`;
  if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
}
