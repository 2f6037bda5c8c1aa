// What works between this browser and its hub, hop by hop, and what to do where
// it fails; the twin of doctor/.
//
//	this browser                                          hub
//	   |-- hub, socket, clock ------------- TCP ---------> |
//	   |-- stun, turn-udp ----------------- UDP ---------> |
//	   |-- turn-tcp, turn-tls ------------- TCP ---------> |
//	relay, direct: how the stream comes that the page watches
//
// A browser does not tell what kind of NAT it is behind.

import { open } from "./dial";
import { webrtcMissing } from "./link";
import { parseMessage } from "./message";
import type { Cause } from "./paths";
import { addressOf, ask, type Kind, portOf, type Server, serversOf, shuns, through, TURNError, within } from "./probe";

const HUB_WITHIN = 10_000; // ms, for the hub's answer over HTTP, and for its welcome
const SETTLED_WITHIN = 8_000; // ms, for the page's own stream to have found its path
const LOOK_EVERY = 100; // ms, meanwhile
const CLOCKS_APART = 2_000; // ms; what is written down would be wrong by as much

export const NAMES = ["hub", "socket", "clock", "stun", "turn-udp", "turn-tcp", "turn-tls", "relay", "direct"] as const;
export type Name = (typeof NAMES)[number];
export type Outcome = "ok" | "failed" | "none"; // none: there is nothing to check

/** One hop, looked at. */
export interface Check {
  name: Name;
  outcome: Outcome;
  text: string; // what was found
  hint: string; // what to do about it; empty where nothing is to be done
  took: number; // ms; 0 where nothing was waited for
}

/** What is known of the page's own stream, now and whenever it is asked. */
export interface Watched {
  readonly device: string; // empty is none
  readonly online: boolean;
  readonly path: "direct" | "turn" | "relay" | "";
  readonly cause: Cause; // of its not being direct
  readonly why: string; // likewise, in words
  readonly noRelay: string;
  readonly relayed: boolean; // whether the hub has carried any of it
  readonly lagMs: number | undefined;
}

export interface DoctorConfig {
  hub: string; // such as http://localhost:8080
  socket: string; // URL of the hub's /socket
  watched: Watched;
  onCheck(check: Check): void; // as soon as it is done
}

export interface Report {
  checks: Check[];
  summary: string; // a sentence
}

interface Peer {
  ice: RTCIceServer[];
  ahead: number; // ms that the hub's clock is before this one's,
  error: number; // give or take so much
  leave(): void;
}

/** Looks once. It takes a second where all is well, and ten where much is not. */
export async function examine(config: DoctorConfig): Promise<Report> {
  const checks: Check[] = [];
  const tell = (...some: Check[]): void => {
    for (const check of some) {
      checks.push(check);
      config.onCheck(check);
    }
  };
  const { watched } = config;
  const until = performance.now() + SETTLED_WITHIN;
  let blocked = false;
  tell(await hubCheck(config.hub));
  if (checks[0]?.outcome === "ok") {
    const [check, peer] = await join(config.socket);
    tell(check);
    if (peer !== undefined) {
      tell(clockCheck(peer));
      blocked = await network(peer.ice, tell);
      peer.leave();
    }
  }
  if (watched.device !== "") {
    await settle(watched, until);
    tell(relayCheck(watched), directCheck(watched, blocked));
  }
  checks.sort((a, b) => NAMES.indexOf(a.name) - NAMES.indexOf(b.name));
  return { checks, summary: conclude(checks, watched, blocked) };
}

async function hubCheck(hub: string): Promise<Check> {
  const begun = performance.now();
  const end = (outcome: Outcome, text: string, hint = ""): Check => ({ name: "hub", outcome, text, hint, took: performance.now() - begun });
  try {
    const answer = await fetch("/api/devices", { cache: "no-store", signal: AbortSignal.timeout(HUB_WITHIN) });
    const live: unknown = answer.ok ? await answer.json() : undefined;
    if (Array.isArray(live)) return end("ok", `${hub} answers; live devices: ${live.length}`);
    return end("failed", `${hub} answers ${answer.status} ${answer.statusText}`, "something answers there that is no Plotbeam hub, or a proxy is in between: check the URL");
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") return end("failed", `${hub} does not answer`, "a firewall may drop the packets, here or at the hub: open the hub's port over TCP");
    return end("failed", `${hub} cannot be reached`, "is the hub running, and are you online? start one with `plotbeam serve`");
  }
}

/** Opens a socket to the hub and waits for the welcome, in which the hub tells its time. */
async function join(url: string): Promise<[Check, Peer?]> {
  const begun = performance.now();
  const socket = open(url);
  const leave = (): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "bye", reason: "closed" }));
    socket.close();
  };
  const welcomed = new Promise<[Check, Peer]>((done, failed) => {
    let said = 0;
    socket.onopen = () => {
      said = performance.now();
      socket.send(JSON.stringify({ type: "hello", role: "viewer" }));
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = typeof data === "string" ? parseMessage(data) : undefined;
      if (message?.type === "error") failed(new Error(message.text));
      if (message?.type !== "welcome") return;
      const half = (performance.now() - said) / 2;
      const version = message.version ? `; its version: ${message.version.slice(0, 60)}` : "";
      const check: Check = { name: "socket", outcome: "ok", text: `the hub says welcome${version}`, hint: "", took: performance.now() - begun };
      done([check, { ice: message.ice ?? [], ahead: message.time / 1e3 - (Date.now() - half), error: Math.max(half, 1), leave }]); // Date.now counts whole ms
    };
    socket.onclose = ({ code }) => failed(new Error(`the socket does not open, or is closed at once (${code})`));
  });
  try {
    return await within(HUB_WITHIN, welcomed, () => new Error("no welcome"));
  } catch (error) {
    leave();
    const hint = "pages come through and WebSockets do not: a proxy in between has to pass on the header Upgrade, and leave connections open";
    return [{ name: "socket", outcome: "failed", text: reason(error), hint, took: performance.now() - begun }];
  }
}

/** Compares this machine's clock to the hub's. Streams do not depend on it, since ages are measured; what is written down does. */
function clockCheck({ ahead, error }: Peer): Check {
  const off = Math.abs(ahead);
  const about = `give or take ${spanText(error)}`;
  const text = off <= error ? `this machine's clock is the hub's, ${about}` : `this machine's clock is ${spanText(off)} ${ahead < 0 ? "ahead of" : "behind"} the hub's, ${about}`;
  const apart = off - error > CLOCKS_APART;
  const hint = apart ? "set this machine's clock, or the hub's (NTP): readings carry the time of the device that makes them" : "";
  return { name: "clock", outcome: apart ? "failed" : "ok", text, hint, took: 2 * error };
}

/** Checks STUN and TURN, all at once: where nothing answers, each waits for some seconds. Says whether UDP is blocked. */
async function network(ice: readonly RTCIceServer[], tell: (check: Check) => void): Promise<boolean> {
  const missing = webrtcMissing();
  if (missing !== undefined) {
    tell({ name: "stun", outcome: "failed", text: missing, hint: "open this page in a current Chrome, Firefox, Edge or Safari, and allow WebRTC there", took: 0 });
    return false;
  }
  const tcp = (["turn-tcp", "turn-tls"] as const).map(async (kind) => tell(await turnCheck(kind, serversOf(ice, kind))));
  const stun = serversOf(ice, "stun");
  const turn = serversOf(ice, "turn-udp");
  const [asked, carried] = await Promise.all([stunCheck(stun), turnCheck("turn-udp", turn)]);
  const blocked = [asked, carried].some(({ outcome }) => outcome === "failed") && ![asked, carried].some(({ outcome }) => outcome === "ok");
  if (blocked) {
    const ports = [...new Set([...stun, ...turn].map(({ url }) => portOf(url)))].join(" and ");
    const hint = `UDP to port ${ports} is blocked, here or at the hub: viewers will use the relay; open it for direct streams`;
    [asked.hint, carried.hint] = asked.outcome === "failed" ? [hint, ""] : [asked.hint, hint];
  }
  tell(asked);
  tell(carried);
  await Promise.all(tcp);
  return blocked;
}

async function stunCheck(servers: readonly Server[]): Promise<Check> {
  if (servers.length === 0) {
    return { name: "stun", outcome: "none", text: "the hub names no STUN server", hint: "without STUN, streams are direct within one network only: see --stun of `plotbeam serve`", took: 0 };
  }
  const sees = async (server: Server): Promise<string> => {
    const address = await ask(server);
    return `${server.url} sees this machine as ${address === "" ? "it sees itself: there is no NAT" : address}`;
  };
  return checkOf("stun", servers, sees, () => "UDP works, but that STUN server does not: is it up? see --stun of `plotbeam serve`");
}

async function turnCheck(kind: Exclude<Kind, "stun">, servers: readonly Server[]): Promise<Check> {
  if (servers.length === 0) return { name: kind, outcome: "none", text: "the hub offers none", hint: "", took: 0 };
  const carries = async (server: Server): Promise<string> => {
    await through(server);
    return `${server.url} carries there and back`;
  };
  return checkOf(kind, servers, carries, (error, server) => turnHint(kind, server.url, error));
}

/** Tries all servers at once; one that works will do. */
async function checkOf(name: Kind, servers: readonly Server[], attempt: (server: Server) => Promise<string>, hintOf: (error: unknown, server: Server) => string): Promise<Check> {
  if (servers.every(({ url }) => shuns(url))) {
    return { name, outcome: "none", text: `${servers[0]!.url} is on this machine, where Firefox asks no server`, hint: "to check it, open this page by the hub's name or address in the network", took: 0 };
  }
  const begun = performance.now();
  const found = await Promise.allSettled(servers.map(attempt));
  const took = performance.now() - begun;
  const good = found.find((one) => one.status === "fulfilled");
  if (good !== undefined) return { name, outcome: "ok", text: good.value, hint: "", took };
  const errors = found.map((one) => (one as PromiseRejectedResult).reason as unknown);
  const text = servers.map(({ url }, i) => `${url}: ${reason(errors[i])}`).join("; ");
  return { name, outcome: "failed", text, hint: hintOf(errors.at(-1), servers.at(-1)!), took };
}

function turnHint(kind: Kind, url: string, error: unknown): string {
  if (error instanceof TURNError && error.leg) return "the TURN server does not carry between its own legs: allow it its own address as a peer";
  const at = addressOf(url);
  if (kind === "turn-udp") return `open UDP to ${at} for TURN; if that is open, the credentials may be wrong (--turn-secret, clocks)`;
  if (kind === "turn-tls") return `open TCP to ${at} for TURN; its certificate has to be one that this machine trusts`;
  return `open TCP to ${at} for TURN; a proxy in front of the hub does not pass it on`;
}

/** Waits while the page's own stream is looking for its path. */
async function settle(watched: Watched, until: number): Promise<void> {
  const undecided = (): boolean => (watched.path === "" && watched.online) || (watched.path === "relay" && (watched.cause === "" || watched.cause === "opening"));
  while (undecided() && performance.now() < until) await new Promise((done) => setTimeout(done, LOOK_EVERY));
}

function relayCheck({ online, path, noRelay, relayed, lagMs }: Watched): Check {
  const end = (outcome: Outcome, text: string, hint = ""): Check => ({ name: "relay", outcome, text, hint, took: 0 });
  if (noRelay !== "") return end("none", noRelay);
  if (path === "relay") return end("ok", `readings come through the hub${old(lagMs)}`);
  if (relayed) return end("ok", "the hub has carried this stream, and does again when that is needed");
  if (path !== "" || !online) return end("none", online ? "not needed so far" : "the device is not online");
  return end("failed", "nothing comes through the hub", "the hub took the device and the viewer, but carries nothing: a proxy may hold binary messages back; see `plotbeam serve --verbose`");
}

function directCheck({ device, online, path, cause, why, lagMs }: Watched, blocked: boolean): Check {
  const end = (outcome: Outcome, text: string, hint = ""): Check => ({ name: "direct", outcome, text, hint, took: 0 });
  if (path === "direct") return end("ok", `readings come directly from ${device}${old(lagMs)}`);
  if (path === "turn") return end("failed", "readings come, but through TURN only", "the two networks (NAT, firewall) let no direct path open: see `plotbeam doctor` at the device, too");
  if (cause === "asked" || cause === "device") return end("none", why);
  if (!online) return end("none", "the device is not online");
  if (cause === "refused") return end("failed", why, "the device has a bound on direct viewers (--max-direct); the hub carries the stream until a place is free");
  return end("failed", cause === "" || cause === "opening" ? "no direct path has opened yet" : why, blocked ? "" : "run `plotbeam doctor` at the device, too: each end sees its own network only");
}

function old(lagMs: number | undefined): string {
  return lagMs === undefined ? "" : `, ${spanText(lagMs)} old`;
}

/** How streams come, in a sentence. */
function conclude(checks: readonly Check[], { device, online, path }: Watched, blocked: boolean): string {
  const works = (...names: Name[]): boolean => checks.some(({ name, outcome }) => names.includes(name) && outcome === "ok");
  const live = path === "direct" || path === "turn";
  if (!works("socket")) {
    const what = works("hub") ? "the hub's socket does not open" : "the hub cannot be reached";
    return live ? `Readings still come from ${device} itself, but ${what}: who is not here cannot come.` : `No stream can flow: ${what}.`;
  }
  const udp = blocked ? ": UDP does not get out" : "";
  if (path === "direct") return "Readings come directly.";
  if (path === "turn") return "Readings come, but not directly: through TURN.";
  if (path === "relay") return `Readings come, but only through the hub${udp}.`;
  if (online) return "No readings can come: neither through the hub nor directly.";
  const away = device === "" ? "" : " once the device is online";
  if (!works("stun", "turn-udp", "turn-tcp", "turn-tls")) return `Streams can flow${away}, but only through the hub${udp}.`;
  return `Streams can flow${away}: through the hub at once${blocked ? ", or through TURN" : ", and directly where the other side's network allows it"}.`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A duration for people: 0.3 ms, 14 ms, 1.6 s, 2h0m0s. */
export function spanText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 120e3) return `${(ms / 1e3).toFixed(1)} s`;
  const s = Math.round(ms / 1e3);
  return `${s < 3600 ? "" : `${Math.floor(s / 3600)}h`}${Math.floor(s / 60) % 60}m${s % 60}s`;
}
