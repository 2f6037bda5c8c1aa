// Control messages, as in PROTOCOL.md; the twin of message.go.

import type { Times } from "./clock";
import type { Position } from "./frame";
import type { Packing } from "./pack";
import type { Span } from "./span";

export type Activity = "streaming" | "stopped" | "ended" | "offline";

export type Paths = "" | "direct" | "relay"; // that someone allows; empty is any

/** Whether a text may be a device's id. */
export function isDeviceID(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);
}

export type Action = "start" | "stop" | "interval";

/** What a device lets its viewers do from afar; µs. */
export interface Controls {
  run?: boolean; // start and stop it
  interval?: number; // between two readings, now
  least?: number; // that viewers may set it to; absent where they may not
  most?: number;
}

export interface State {
  activity: Activity;
  text?: string; // in words, for people
  paths?: Paths;
  controls?: Controls;
}

export interface DeviceInfo {
  id: string;
  state: State;
  viewers: number;
}

export interface Identity {
  id?: string;
  secret?: string;
}

/** What an offer asks for that wants each reading as a message of its own; see PeerJS in PROTOCOL.md. */
export interface Objects {
  packing: Packing;
  series?: string[]; // that are wanted; none means all
  since?: number; // ms; negative is all that is kept
}

export interface Signal {
  type: "signal";
  device?: string;
  viewer?: string;
  session: string;
  description?: { type: "offer" | "answer"; sdp: string };
  candidate?: RTCIceCandidateInit;
  objects?: Objects; // with an offer
  text?: string; // of a refusal
}

/** What a viewer asks of a device, and the answer. */
export interface Control {
  type: "control";
  device?: string;
  viewer?: string;
  action?: Action;
  interval?: number; // µs
  time?: number; // µs of the viewer's clock, copied into the answer
  text?: string; // of a refusal
}

/** What a reader wants; see Reading in PROTOCOL.md. */
export interface Read {
  type: "read";
  device?: string;
  viewer?: string;
  after?: Position;
  schema?: number; // version that the reader has, of after's epoch
  since?: number; // ms
  spans?: readonly Span[];
  before?: number; // from the hub, while it reads: those below this number are wanted besides
  bound?: number; // ms
}

export interface Beat extends Times {
  type: "beat";
  device?: string;
  position?: Position; // of the log's head
  lag?: number; // µs
  offset?: number; // µs, from the hub: how far the device's clock is ahead of its own
}

export interface Ack extends Times {
  type: "ack";
  device?: string;
  viewer?: string;
  position?: Position;
  missing?: number; // frames before it that have not come
  taken?: number; // bytes
}

export type Message =
  | { type: "hello"; role: "device" | "viewer"; id?: string; secret?: string; state?: State }
  | { type: "welcome"; id: string; secret: string; ice?: RTCIceServer[]; time: number; version?: string }
  | { type: "update"; state: State }
  | { type: "watch" | "unwatch" | "unread"; device?: string }
  | { type: "device"; device: string; state: State }
  | { type: "joined"; viewer: string }
  | { type: "left"; viewer: string; reason: string }
  | { type: "list" }
  | { type: "devices"; devices: DeviceInfo[] }
  | { type: "ice"; ice?: RTCIceServer[] }
  | { type: "invite"; viewer?: string; device?: string }
  | Signal
  | Control
  | { type: "ping" | "pong"; time: number }
  | { type: "bye"; reason?: string }
  | { type: "error"; code: string; text: string; hint?: string }
  | Read
  | ({ type: "from" | "ended"; device?: string; position?: Position; before?: number } & Times)
  | { type: "gap"; device?: string; position?: Position; spans?: readonly Span[] }
  | Beat
  | Ack;

const MAX_MESSAGE = 256 << 10; // characters; a list of devices is long
const MAX_SPANS = 256;

/** Reads one control message, or says undefined of a text that is none. */
export function parseMessage(text: string): Message | undefined {
  if (text.length > MAX_MESSAGE) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("type" in parsed) || typeof parsed.type !== "string") return undefined;
    for (const name of ["position", "after"] as const) if (name in parsed && !isPosition((parsed as Record<string, unknown>)[name])) return undefined;
    if ("spans" in parsed && !areSpans(parsed.spans)) return undefined;
    return parsed as Message;
  } catch {
    return undefined; // not JSON
  }
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== "object" || value === null || !("epoch" in value) || !("seq" in value)) return false;
  return typeof value.epoch === "string" && /^[0-9a-f]{16}$/.test(value.epoch) && Number.isSafeInteger(value.seq) && (value.seq as number) >= 0;
}

function areSpans(value: unknown): value is Span[] {
  return Array.isArray(value) && value.length <= MAX_SPANS && value.every(isSpan);
}

function isSpan(value: unknown): value is Span {
  if (typeof value !== "object" || value === null || !("first" in value) || !("last" in value)) return false;
  const { first, last } = value;
  return Number.isSafeInteger(first) && Number.isSafeInteger(last) && (first as number) >= 1 && (first as number) <= (last as number);
}

/** Codes of errors that end a socket, and would end the next one too. */
export function isFatal(code: string): boolean {
  return ["hello", "id", "taken"].includes(code);
}
