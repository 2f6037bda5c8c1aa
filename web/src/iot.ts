// The IoT Interface: this browser is a device. A worker makes the numbers, the
// page publishes them and shows who watches.
//
// For tests, <main> has data-id, data-published and data-clients.

import { Device, type ViewerEvent } from "./device";
import { socketURL } from "./dial";
import type { Made, Order } from "./generator";
import { recall, remember } from "./identity";
import type { Identity } from "./message";
import { MOST_SERIES, type Kind } from "./numbers";
import { countText, element, make, pathText, throttled, write } from "./page";

const LONGEST_INTERVAL = 3_600_000; // ms
const APPLY_AFTER = 400; // ms without a key, so that 1000 is not streamed as 1, 10 and 100 first
const MOST_EVENTS = 50;
const NOT_STREAMING = "Not streaming now";
const LEFT: Record<string, string> = {
  closed: "left",
  lost: "was lost: no answer any more",
  kicked: "was replaced by another page",
  slow: "was dropped: too slow",
};

const main = element("main", HTMLElement);
const form = element("form", HTMLFormElement);
const startButton = element("start", HTMLButtonElement);
const stopButton = element("stop", HTMLButtonElement);
const intervalField = element("interval", HTMLInputElement);
const intervalError = element("interval-error", HTMLElement);
const kindField = element("kind", HTMLSelectElement);
const seriesField = element("series", HTMLInputElement);
const seriesError = element("series-error", HTMLElement);
const current = element("current", HTMLElement);
const others = element("others", HTMLElement);
const statusLine = element("status", HTMLElement);
const published = element("published", HTMLElement);
const clientCount = element("client-count", HTMLElement);
const clients = element("clients", HTMLElement);
const noClients = element("no-clients", HTMLElement);
const events = element("events", HTMLElement);
const noEvents = element("no-events", HTMLElement);
const notice = element("notice", HTMLElement);
const hub = element("hub", HTMLElement);
const hubLamp = element("hub-lamp", HTMLElement);
const remoteLink = element("remote-link", HTMLAnchorElement);
const copyButton = element("copy", HTMLButtonElement);
const localHint = element("local-hint", HTMLElement);
const qr = element("qr", HTMLImageElement);
const ownID = element("own-id", HTMLElement);

const generator = new Worker("/assets/generator.js", { type: "module" });
let device: Device | undefined;
let running = false;
let declared = 0; // series
let latest: number[] = [];
let sleeps: { time: number; text: string }[] = [];
let shownEvents: readonly unknown[] = [];
let applyTimer: ReturnType<typeof setTimeout> | undefined;
const refresh = throttled(show);

qr.addEventListener("error", () => (qr.hidden = true));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
stopButton.addEventListener("click", stop);
kindField.addEventListener("change", apply);
for (const field of [intervalField, seriesField]) {
  field.addEventListener("change", apply);
  field.addEventListener("input", () => {
    clearTimeout(applyTimer);
    if (field.value.trim() !== "") checkFields();
    applyTimer = setTimeout(apply, APPLY_AFTER);
  });
}
copyButton.addEventListener("click", () => void copyLink());
generator.addEventListener("message", (event: MessageEvent<Made>) => publish(event.data));
void recall("device").then(begin);

function begin(identity: Identity): void {
  device = new Device({
    url: socketURL(),
    identity,
    onIdentity: (id, secret) => remember("device", id, secret),
    onChange: refresh,
  });
  refresh();
}

/** Starts, or goes on with what the fields say now. */
function run(): void {
  clearTimeout(applyTimer);
  const fields = checkFields();
  if (fields === undefined) {
    (intervalError.textContent !== "" ? intervalField : seriesField).focus();
    return;
  }
  order({ type: "run", ...fields, kind: kindField.value as Kind });
  setStatus("streaming", `Streaming a number every ${fields.interval} ms`);
}

function stop(): void {
  order({ type: "stop" });
  setStatus("stopped", NOT_STREAMING);
}

/** Takes over changed fields while streaming. A wrong one changes nothing. */
function apply(): void {
  clearTimeout(applyTimer);
  if (checkFields() !== undefined && running) run();
}

function order(next: Order): void {
  generator.postMessage(next);
}

function setStatus(activity: "streaming" | "stopped", text: string): void {
  const started = activity === "streaming" && !running;
  running = activity === "streaming";
  const focused = document.activeElement;
  startButton.disabled = running;
  stopButton.disabled = !running;
  if (focused === startButton && running) stopButton.focus(); // a disabled button would lose the focus to nowhere
  if (focused === stopButton && !running) startButton.focus();
  main.toggleAttribute("data-running", running);
  if (started || statusLine.textContent !== text) device?.setState({ activity, text });
  write(statusLine, text);
}

/** Says beside each field what is wrong with it. Undefined if anything is. */
function checkFields(): { interval: number; series: number } | undefined {
  const interval = Number(intervalField.value.trim());
  const series = Number(seriesField.value.trim());
  const wrongInterval = wrongWith(intervalField.value.trim(), interval, 1, LONGEST_INTERVAL, " ms");
  const wrongSeries = wrongWith(seriesField.value.trim(), series, 1, MOST_SERIES, " series");
  setError(intervalField, intervalError, wrongInterval);
  setError(seriesField, seriesError, wrongSeries);
  return wrongInterval === "" && wrongSeries === "" ? { interval, series } : undefined;
}

function wrongWith(text: string, value: number, least: number, most: number, unit: string): string {
  if (text === "") return `Say a whole number from ${least}.`;
  if (!Number.isFinite(value)) return `“${text.slice(0, 20)}” is not a number.`;
  if (value < least) return `${text} is too small. The least is ${least}${unit}.`;
  if (value > most) return `${text} is too large. The most is ${countText(most)}${unit}.`;
  return Number.isInteger(value) ? "" : `${text} is not a whole number.`;
}

function setError(field: HTMLInputElement, place: HTMLElement, text: string): void {
  write(place, text);
  if (text === "") field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
}

function publish({ times, values, asleep }: Made): void {
  if (!running || device === undefined) return; // made before Stop was heard
  if (values.length !== declared) declare(values.length);
  device.publish(times, values);
  latest = values.map((column) => column[column.length - 1] ?? NaN);
  if (asleep > 0) sleeps = [...sleeps.slice(1 - MOST_EVENTS), { time: Date.now(), text: `This computer slept for ${Math.round(asleep / 1e3)} s; no numbers were made.` }];
  refresh();
}

function declare(count: number): void {
  declared = count;
  const series = Array.from({ length: count }, (_, i) => ({ name: i === 0 ? "number" : `number ${i + 1}` }));
  device?.declare({ series });
}

/** Writes all that the device knows to the page. */
function show(): void {
  if (device === undefined) return;
  const [first, ...rest] = latest;
  write(current, first === undefined ? "–" : String(first));
  current.toggleAttribute("data-none", first === undefined);
  showOthers(rest);
  write(published, countText(device.published));
  showHub(device);
  showLink(device.id);
  showClients(device);
  showEvents(device.events);
  main.dataset["id"] = device.id;
  main.dataset["published"] = String(device.published);
  main.dataset["clients"] = String(device.viewers.length);
}

function showOthers(rest: readonly number[]): void {
  others.hidden = rest.length === 0;
  while (others.children.length > rest.length) others.lastElementChild?.remove();
  while (others.children.length < rest.length) others.append(make("li"));
  rest.forEach((value, i) => write(others.children[i] as HTMLElement, String(value)));
}

function showHub({ status }: Device): void {
  write(hub, status.state === "ended" ? "Not connected to the hub." : status.text || "Connecting to the hub.");
  hubLamp.dataset["state"] = status.state;
  const text = status.state === "ended" || status.state === "waiting" ? `${status.text} ${status.hint}` : "";
  notice.hidden = text === "";
  write(notice, text);
}

function showLink(id: string): void {
  const link = id === "" ? "" : `${location.origin}/remote/${id}`;
  if (link === "" || remoteLink.href === link) return;
  remoteLink.href = link;
  write(remoteLink, link);
  write(ownID, id);
  copyButton.disabled = false;
  qr.src = `/qr.svg?text=${encodeURIComponent(link)}`;
  qr.hidden = false;
  localHint.hidden = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}

async function copyLink(): Promise<void> {
  let done = false;
  try {
    await navigator.clipboard.writeText(remoteLink.href); // only secure pages have a clipboard
    done = true;
  } catch {
    getSelection()?.selectAllChildren(remoteLink);
    done = document.execCommand("copy");
  }
  write(copyButton, done ? "Copied" : "Press Ctrl+C");
  setTimeout(() => write(copyButton, "Copy"), 3_000);
}

function showClients({ viewers }: Device): void {
  write(clientCount, String(viewers.length));
  noClients.hidden = viewers.length > 0;
  const rows = new Map([...clients.children].map((row) => [(row as HTMLElement).dataset["viewer"], row as HTMLElement]));
  for (const [id, row] of rows) if (!viewers.some((viewer) => viewer.id === id)) row.remove();
  viewers.forEach(({ id, path, lagMs }, i) => {
    const row = rows.get(id) ?? clientRow(id);
    row.dataset["path"] = path;
    write(row.querySelector<HTMLElement>(".path")!, path === "" ? "connecting" : pathText(path, lagMs));
    if (clients.children[i] !== row) clients.insertBefore(row, clients.children[i] ?? null);
  });
}

function clientRow(id: string): HTMLElement {
  const row = make("li");
  row.dataset["viewer"] = id;
  const name = make("code", "id", id);
  name.title = id;
  row.append(make("span", "lamp"), name, make("span", "path"));
  return row;
}

function showEvents(visits: readonly ViewerEvent[]): void {
  if (shownEvents[0] === visits && shownEvents[1] === sleeps) return;
  shownEvents = [visits, sleeps];
  const rows = [
    ...visits.map((visit) => ({ time: visit.time, id: visit.viewer, text: visit.what === "joined" ? "came" : (LEFT[visit.reason] ?? `left (${visit.reason})`) })),
    ...sleeps.map((sleep) => ({ ...sleep, id: "" })),
  ];
  rows.sort((a, b) => b.time - a.time);
  noEvents.hidden = rows.length > 0;
  events.replaceChildren(...rows.slice(0, MOST_EVENTS).map(({ time, id, text }) => {
    const row = make("li");
    const clock = make("time", "", new Date(time).toTimeString().slice(0, 8));
    clock.dateTime = new Date(time).toISOString();
    const name = make("code", "id", id);
    name.title = id;
    row.append(clock, ...(id === "" ? [] : [name]), make("span", "what", text));
    return row;
  }));
}
