// The dialog in which the doctor looks at the connection: a row for each hop,
// written as its result comes, and a sentence at the end.

import { socketURL } from "./dial";
import { dialogOf } from "./dialog";
import { type Check, examine, type Name, NAMES, type Outcome, type Report, spanText, type Watched } from "./doctor";
import { make, write } from "./page";
import type { Watch } from "./watch";

const TITLES: Record<Name, string> = {
  hub: "Hub, over HTTP",
  socket: "WebSocket",
  clock: "Clock",
  stun: "STUN",
  "turn-udp": "TURN over UDP",
  "turn-tcp": "TURN over TCP",
  "turn-tls": "TURN over TLS",
  relay: "Relay, through the hub",
  direct: "Direct, from the device",
};

const WORDS: Record<Outcome, string> = { ok: "ok", failed: "failed", none: "not used" };
const COPIED_FOR = 3_000; // ms that the button says so

const summary = make("p", "doctor-summary");
const list = make("ul", "checks");
const again = make("button", "", "Check again");
const copy = make("button", "", "Copy as text");
const actions = make("p", "doctor-actions");
actions.append(again, copy);
const dialog = dialogOf("checkup", "The connection", summary, list, actions);

let watched: Watched | undefined; // once the dialog was opened
let report: Report | undefined; // once the doctor has looked
let looking = false;

summary.role = "status";
list.tabIndex = 0; // keys scroll it
list.ariaLabel = "Checks";
again.addEventListener("click", () => void look());
copy.addEventListener("click", () => void copyReport());

/** Opens the dialog, and looks. */
export function open({ viewer }: Watch): void {
  watched = viewer;
  if (!dialog.open) dialog.showModal();
  void look();
}

async function look(): Promise<void> {
  if (looking || watched === undefined) return;
  looking = true;
  report = undefined;
  again.disabled = copy.disabled = true;
  write(summary, "Looking at every hop …");
  const { device } = watched;
  const names = NAMES.filter((name) => device !== "" || (name !== "relay" && name !== "direct"));
  const rows = new Map(names.map((name) => [name, pending(name)]));
  list.replaceChildren(...rows.values());
  report = await examine({
    hub: location.origin,
    socket: socketURL(),
    watched,
    onCheck: (check) => {
      const row = rows.get(check.name) ?? pending(check.name);
      rows.delete(check.name);
      fill(row, check);
    },
  });
  for (const row of rows.values()) row.remove(); // what could not be looked at
  write(summary, report.summary);
  again.disabled = copy.disabled = looking = false;
}

function pending(name: Name): HTMLElement {
  const row = make("li", "check");
  row.dataset["check"] = name;
  row.append(make("span", "lamp"), make("span", "check-name", TITLES[name]), make("span", "check-outcome", "…"));
  return row;
}

function fill(row: HTMLElement, { outcome, text, hint, took }: Check): void {
  row.dataset["outcome"] = outcome;
  write(row.querySelector<HTMLElement>(".check-outcome")!, took > 0 && outcome === "ok" ? `${WORDS[outcome]} · ${spanText(took)}` : WORDS[outcome]);
  row.append(make("p", "check-text", text));
  if (hint !== "") row.append(make("p", "check-hint", hint));
}

/** The report as `plotbeam doctor` prints it. */
function reportText({ checks, summary: sentence }: Report): string {
  const marks: Record<Outcome, string> = { ok: "ok    ", failed: "FAILED", none: "-     " };
  const lines = checks.flatMap(({ name, outcome, text, hint, took }) => [
    `${marks[outcome]} ${name.padEnd(8)} ${(took > 0 ? spanText(took) : "").padStart(8)}  ${text}`,
    ...(hint === "" ? [] : [`  hint: ${hint}`]),
  ]);
  return [...lines, "", sentence, navigator.userAgent, ""].join("\n");
}

async function copyReport(): Promise<void> {
  if (report === undefined) return;
  let done = true;
  try {
    await navigator.clipboard.writeText(reportText(report)); // only secure pages have a clipboard
  } catch {
    const text = make("textarea", "", reportText(report));
    dialog.append(text);
    text.select();
    done = document.execCommand("copy");
    text.remove();
    copy.focus();
  }
  write(copy, done ? "Copied" : "Not copied");
  setTimeout(() => write(copy, "Copy as text"), COPIED_FOR);
}
