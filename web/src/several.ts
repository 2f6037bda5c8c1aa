// Several devices on one page: /remote/{a}+{b}+… shows each in a pane, which is
// the Remote Client in a frame. The page itself watches nothing; it hears which
// devices are live, and its tools reach into all panes.
//
//	hub ──list──> this page ──Told──> pane, pane, …  each with sockets and paths of its own

import { dial, socketURL } from "./dial";
import { isOurs, type Said, type Told } from "./embedded";
import { recall, remember } from "./identity";
import { readLink, spanText } from "./look";
import type { DeviceInfo } from "./message";
import { element, make, windowText, write } from "./page";
import { type Look, PLAIN } from "./plot/orders";
import { attend } from "./presence";
import { Session, type SessionStatus } from "./session";

const MOST = 16; // panes
const HIGHEST = 640; // CSS px that a pane takes for what it shows; beyond, it scrolls
const WINDOWS = [1e3, 5e3, 10e3, 30e3, 60e3, 300e3, 900e3, 3600e3]; // ms

const state = element("state", HTMLElement);
const windowSelect = element("window", HTMLSelectElement);
const pauseButton = element("pause", HTMLButtonElement);
const choice = element("choice", HTMLDetailsElement);
const choices = element("choices", HTMLElement);
const hint = element("choice-hint", HTMLElement);
const panes = element("panes", HTMLElement);

const query = new URLSearchParams(location.search); // of this page, and of the panes
const asked = [...new Set(namesInPath())].filter((id) => id !== "");
const frames = new Map<string, HTMLIFrameElement>(); // by device
const standing = new Set<HTMLIFrameElement>(); // those whose view does not follow now
const known = new WeakSet<HTMLIFrameElement>(); // those that have spoken
let live: DeviceInfo[] = [];
let status: SessionStatus | undefined;

for (const ms of WINDOWS) windowSelect.append(new Option(windowText(ms), String(ms)));
windowSelect.append(new Option("all", "all"));
chooseWindow(readLink(query).look.window ?? PLAIN.window);
for (const id of asked.slice(0, MOST)) add(id);
choice.open = frames.size === 0;
show();

windowSelect.addEventListener("change", () => {
  const { value } = windowSelect;
  query.set("window", value === "all" ? value : spanText(Number(value)));
  tell({ change: { window: chosenWindow() } });
  setAddress();
});
pauseButton.addEventListener("click", () => {
  const order = standing.size > 0 ? "live" : "pause";
  for (const key of order === "live" ? ["from", "to"] : []) query.delete(key);
  tell({ order });
});
addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
  if (origin !== location.origin || !isOurs(data)) return;
  const frame = [...frames.values()].find(({ contentWindow }) => contentWindow === source);
  if (frame === undefined) return;
  const moved = !known.has(frame) && new URL(frame.src).searchParams.get("window") !== query.get("window");
  if (moved) say(frame, { change: { window: chosenWindow() } }); // another was chosen by now
  known.add(frame);
  const said = data as Said;
  if (said.standing) standing.add(frame);
  else standing.delete(frame);
  if (said.height > frame.clientHeight) frame.style.minHeight = `${Math.min(said.height, HIGHEST)}px`;
  show();
});
void recall("viewer").then((identity) => {
  const session = new Session({
    dial: () => dial(socketURL()),
    role: "viewer",
    identity,
    words: () => [{ type: "list" }],
    onIdentity: (id, secret) => remember("viewer", id, secret),
    onMessage: (message) => {
      if (message.type !== "devices") return;
      live = message.devices;
      show();
    },
    onStatus: (next) => {
      status = next;
      show();
    },
  });
  attend(session);
});

function namesInPath(): string[] {
  const names = location.pathname.split("/")[2] ?? "";
  try {
    return decodeURIComponent(names).split("+");
  } catch {
    return names.split("+"); // no names at all; the hub knows no such devices
  }
}

/** Adds a pane behind the others. A frame that is moved in the document loads anew, so none ever is. */
function add(id: string): void {
  const pane = make("section", "pane");
  const heading = make("h2");
  const link = make("a", "", id);
  const frame = make("iframe");
  const name = encodeURIComponent(id);
  const own = new URLSearchParams(query);
  own.set("embed", "pane");
  link.href = `/remote/${name}${location.search}`;
  frame.src = `/remote/${name}?${own}`;
  frame.title = `${id}, live`;
  heading.append(link);
  pane.append(heading, button(`Remove ${id}`, () => remove(id)), frame);
  pane.setAttribute("aria-label", id);
  panes.append(pane);
  frames.set(id, frame);
}

function remove(id: string): void {
  const frame = frames.get(id);
  if (frame === undefined) return;
  const focused = frame.parentElement?.contains(document.activeElement);
  frame.parentElement?.remove();
  frames.delete(id);
  standing.delete(frame);
  changed();
  if (focused === true) choice.querySelector("summary")?.focus(); // it would go to nowhere
}

function button(name: string, press: () => void): HTMLButtonElement {
  const made = make("button", "pane-remove", "×");
  made.type = "button";
  made.title = name;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", press);
  return made;
}

/** After another device was chosen, or one no more. */
function changed(): void {
  if (frames.size === 0) choice.open = true;
  setAddress();
  show();
}

/** Lets the address name what is shown, so that a reload or whoever is sent it sees the same. */
function setAddress(): void {
  const names = [...frames.keys()].map(encodeURIComponent).join("+");
  const rest = query.size === 0 ? "" : `?${query}`;
  history.replaceState(null, "", `/remote/${names.includes("+") ? names : `${names}+`}${rest}${location.hash}`);
  for (const [id, frame] of frames) {
    const link = frame.parentElement?.querySelector("a");
    if (link) link.href = `/remote/${encodeURIComponent(id)}${rest}`;
  }
}

function tell(told: Omit<Told, "from">): void {
  for (const frame of frames.values()) say(frame, told);
}

function say(frame: HTMLIFrameElement, told: Omit<Told, "from">): void {
  const whole: Told = { from: "plotbeam", ...told };
  frame.contentWindow?.postMessage(whole, location.origin);
}

function chosenWindow(): Look["window"] {
  const { value } = windowSelect;
  return value === "all" ? value : Number(value);
}

function chooseWindow(window: Look["window"]): void {
  const value = String(window);
  if (![...windowSelect.options].some((option) => option.value === value)) windowSelect.append(new Option(windowText(Number(value)), value));
  windowSelect.value = value;
}

/** Writes what is chosen, and what can be. */
function show(): void {
  const names = [...frames.keys()];
  document.title = `${names.length === 0 ? "Several devices" : names.join(", ")} · Plotbeam`;
  write(state, stateText());
  write(pauseButton, standing.size > 0 ? "Live" : "Pause");
  pauseButton.disabled = names.length === 0;
  const full = names.length >= MOST;
  const ids = [...new Set([...live.map(({ id }) => id), ...names])];
  const rows = new Map([...choices.children].map((row) => [(row as HTMLElement).dataset["device"], row as HTMLElement]));
  for (const [id, row] of rows) if (!ids.includes(id ?? "")) row.remove();
  ids.forEach((id, i) => {
    const row = rows.get(id) ?? choiceRow(id);
    if (choices.children[i] !== row) choices.insertBefore(row, choices.children[i] ?? null);
    const box = row.querySelector("input")!;
    box.checked = frames.has(id);
    box.disabled = full && !box.checked;
  });
  write(hint, hintText(full, ids.length));
}

function stateText(): string {
  if (status?.state === "ended" || status?.state === "waiting") return status.text;
  return frames.size === 1 ? "1 device" : `${frames.size} devices`;
}

function hintText(full: boolean, known: number): string {
  if (asked.length > MOST || full) return `A page shows at most ${MOST} devices.`;
  return known === 0 ? "No device is live. One that starts appears here by itself." : "";
}

function choiceRow(id: string): HTMLElement {
  const row = make("li");
  const label = make("label", "tick");
  const box = make("input");
  box.type = "checkbox";
  box.addEventListener("change", () => {
    if (!box.checked) {
      remove(id);
      return;
    }
    add(id);
    changed();
  });
  label.append(box, id);
  row.append(label);
  row.dataset["device"] = id;
  return row;
}
