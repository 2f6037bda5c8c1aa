// The IoT Interface: this browser is a device. A worker makes the numbers, the
// page publishes them and shows who watches. Instead of numbers, it can stream
// what the device has of sensors.
//
// For tests, <main> has data-id, data-published and data-clients.

import { Device, type ViewerEvent } from "./device";
import { socketURL } from "./dial";
import type { Made, Order } from "./generator";
import { recall, remember } from "./identity";
import type { Identity, State } from "./message";
import { MOST_SERIES, type Kind } from "./numbers";
import type { Order as Asked } from "./order";
import { countText, element, hide, make, pathText, write } from "./page";
import { figures, Picker } from "./picker";
import { throttled } from "./throttle";

const LONGEST_INTERVAL = 3_600_000; // ms
const APPLY_AFTER = 400; // ms without a key, so that 1000 is not streamed as 1, 10 and 100 first
const MOST_EVENTS = 50;
const SENSORS = "sensors"; // as what is streamed
const SENSOR_INTERVAL = "20"; // ms, where nobody has chosen another
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
const sensorsField = element("sensors", HTMLFieldSetElement);
const sensorsError = element("sensors-error", HTMLElement);
const controlBox = element("allow-control", HTMLInputElement);
const current = element("current", HTMLElement);
const currentName = element("current-name", HTMLElement);
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
let told = ""; // state, as JSON
let interval = Number(intervalField.value); // ms, the last that was right
let notes: { time: number; id: string; text: string }[] = []; // besides who came and left
let shownEvents: readonly unknown[] = [];
let applyTimer: ReturnType<typeof setTimeout> | undefined;
const refresh = throttled(show);
const picker = new Picker({
  list: element("sensor-list", HTMLElement),
  onReading: (sensor, micros, values) => {
    refresh();
    if (!running || !sensing()) return;
    device?.declare({ series: sensor.series });
    device?.publish(Float64Array.of(micros), values.map((value) => Float64Array.of(value)));
  },
  onChange: () => (picker.chosen.length > 0 ? apply() : stop()),
});

qr.addEventListener("error", () => (qr.hidden = true));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!run()) focusWrong();
});
stopButton.addEventListener("click", stop);
kindField.addEventListener("change", changeSource);
controlBox.addEventListener("change", tell);
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
    onControl: obey,
    onChange: refresh,
  });
  tell();
  refresh();
}

/** Whether sensors are the source, and not numbers. */
function sensing(): boolean {
  return kindField.value === SENSORS;
}

/** Starts, or goes on with what the fields say now; false if something is wrong with them. */
function run(): boolean {
  clearTimeout(applyTimer);
  const fields = checkFields();
  if (fields === undefined) return false;
  if (sensing()) {
    order({ type: "stop" });
    setStatus("streaming", `Streaming ${picker.chosen.map(({ name }) => name.toLowerCase()).join(", ")} every ${fields.interval} ms`);
  } else {
    order({ type: "run", ...fields, kind: kindField.value as Kind });
    setStatus("streaming", `Streaming a number every ${fields.interval} ms`);
  }
  return true;
}

/** Leads the person to what is wrong. */
function focusWrong(): void {
  if (intervalError.textContent !== "") intervalField.focus();
  else if (sensing()) picker.focus();
  else seriesField.focus();
}

function stop(): void {
  order({ type: "stop" });
  setStatus("stopped", NOT_STREAMING);
}

/** Takes over changed fields. Wrong ones change nothing. */
function apply(): void {
  clearTimeout(applyTimer);
  if (checkFields() === undefined) return;
  if (running) run();
  else tell();
}

/** Shows what belongs to the source; what is not the source any more is left alone. */
function changeSource(): void {
  const series = seriesField.closest<HTMLElement>(".field");
  if (series !== null) hide(series, sensing());
  hide(sensorsField, !sensing());
  hide(currentName, !sensing());
  write(sensorsError, "");
  latest = [];
  declared = 0;
  const [from, to] = sensing() ? [intervalField.defaultValue, SENSOR_INTERVAL] : [SENSOR_INTERVAL, intervalField.defaultValue];
  if (intervalField.value === from) intervalField.value = to;
  if (!sensing()) picker.clear();
  else if (running) stop(); // until some are chosen
  apply();
  refresh();
}

/** Does what a viewer asks; says why not, or nothing. */
function obey(viewer: string, asked: Asked): string {
  let what: string;
  if (asked.action === "interval") {
    const ms = asked.micros / 1e3;
    const wrong = wrongWith(String(ms), ms, 1, LONGEST_INTERVAL, " ms");
    if (wrong !== "") return wrong;
    intervalField.value = String(ms);
    apply();
    what = `set the interval to ${ms} ms`;
  } else if (asked.action === "stop") {
    stop();
    what = "pressed Stop";
  } else {
    if (!run()) return [intervalError, sensorsError, seriesError].map(({ textContent }) => textContent).join(" ").trim();
    what = "pressed Start";
  }
  note(viewer, what);
  return "";
}

function note(id: string, text: string): void {
  notes = [...notes.slice(1 - MOST_EVENTS), { time: Date.now(), id, text }];
  refresh();
}

function order(next: Order): void {
  generator.postMessage(next);
}

function setStatus(activity: "streaming" | "stopped", text: string): void {
  running = activity === "streaming";
  const focused = document.activeElement;
  startButton.disabled = running;
  stopButton.disabled = !running;
  if (focused === startButton && running) stopButton.focus(); // a disabled button would lose the focus to nowhere
  if (focused === stopButton && !running) startButton.focus();
  main.toggleAttribute("data-running", running);
  write(statusLine, text);
  tell();
}

/** Tells the hub, and so the viewers, how this device is and what they may do, where that has changed. */
function tell(): void {
  const state: State = {
    activity: running ? "streaming" : "stopped",
    text: statusLine.textContent,
    ...(controlBox.checked && { controls: { run: true, interval: interval * 1e3, least: 1e3, most: LONGEST_INTERVAL * 1e3 } }),
  };
  const now = JSON.stringify(state);
  if (device === undefined || now === told) return;
  told = now;
  device.setState(state);
}

/** Says beside each field what is wrong with it. Undefined if anything is. */
function checkFields(): { interval: number; series: number } | undefined {
  const asked = Number(intervalField.value.trim());
  const series = Number(seriesField.value.trim());
  const wrongInterval = wrongWith(intervalField.value.trim(), asked, 1, LONGEST_INTERVAL, " ms");
  const wrongSeries = sensing() ? "" : wrongWith(seriesField.value.trim(), series, 1, MOST_SERIES, " series");
  const wrongSensors = sensing() && picker.chosen.length === 0 ? "Choose a sensor first." : "";
  write(sensorsError, wrongSensors);
  setError(intervalField, intervalError, wrongInterval);
  setError(seriesField, seriesError, wrongSeries);
  if (wrongInterval !== "") return undefined;
  interval = asked;
  picker.interval = asked * 1e3;
  return wrongSeries === "" && wrongSensors === "" ? { interval, series } : undefined;
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
  if (!running || sensing() || device === undefined) return; // made before Stop was heard
  if (values.length !== declared) declare(values.length);
  device.publish(times, values);
  latest = values.map((column) => column[column.length - 1] ?? NaN);
  if (asleep > 0) note("", `This computer slept for ${Math.round(asleep / 1e3)} s; no numbers were made.`);
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
  showCurrent();
  write(published, countText(device.published));
  showHub(device);
  showLink(device.id);
  showClients(device);
  showEvents(device.events);
  main.dataset["id"] = device.id;
  main.dataset["published"] = String(device.published);
  main.dataset["clients"] = String(device.viewers.length);
}

function showCurrent(): void {
  picker.show();
  const sensed = picker.latest;
  const [first, ...rest] = sensing() ? [sensed?.value] : latest;
  write(current, first === undefined ? "–" : sensing() ? figures(first) : String(first));
  current.toggleAttribute("data-none", first === undefined);
  write(currentName, sensed === undefined ? "" : `${sensed.name} ${sensed.unit}`);
  showOthers(rest as number[]);
}

function showOthers(rest: readonly number[]): void {
  hide(others, rest.length === 0);
  while (others.children.length > rest.length) others.lastElementChild?.remove();
  while (others.children.length < rest.length) others.append(make("li"));
  rest.forEach((value, i) => write(others.children[i] as HTMLElement, String(value)));
}

function showHub({ status }: Device): void {
  write(hub, status.state === "ended" ? "Not connected to the hub." : status.text || "Connecting to the hub.");
  hubLamp.dataset["state"] = status.state;
  const text = status.state === "ended" || status.state === "waiting" ? `${status.text} ${status.hint}` : "";
  hide(notice, text === "");
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
  hide(localHint, !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname));
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
  hide(noClients, viewers.length > 0);
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
  if (shownEvents[0] === visits && shownEvents[1] === notes) return;
  shownEvents = [visits, notes];
  const rows = [
    ...visits.map((visit) => ({ time: visit.time, id: visit.viewer, text: visit.what === "joined" ? "came" : (LEFT[visit.reason] ?? `left (${visit.reason})`) })),
    ...notes,
  ];
  rows.sort((a, b) => b.time - a.time);
  hide(noEvents, rows.length > 0);
  events.replaceChildren(...rows.slice(0, MOST_EVENTS).map(({ time, id, text }) => {
    const row = make("li");
    const clock = make("time", "", new Date(time).toTimeString().slice(0, 8));
    clock.dateTime = new Date(time).toISOString();
    const name = make("code", "id", id);
    name.title = id;
    row.append(clock, ...(id === "" ? [] : [name]), make("span", "what", text));
    return row;
  }));
  if (rows.length > 0) events.tabIndex = 0; // the keys scroll it where it is long
}
