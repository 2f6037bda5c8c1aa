// Control messages, as in PROTOCOL.md; the twin of message.go.

import type { Position } from "./frame";

export type Activity = "streaming" | "stopped" | "ended" | "offline";

export interface State {
  activity: Activity;
  text?: string; // in words, for people
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

export interface Signal {
  type: "signal";
  device?: string;
  viewer?: string;
  session: string;
  description?: { type: "offer" | "answer"; sdp: string };
  candidate?: RTCIceCandidateInit;
  text?: string; // of a refusal
}

export type Message =
  | { type: "hello"; role: "device" | "viewer"; id?: string; secret?: string; state?: State }
  | { type: "welcome"; id: string; secret: string; ice?: RTCIceServer[]; time: number; version?: string }
  | { type: "update"; state: State }
  | { type: "watch" | "unwatch"; device: string }
  | { type: "device"; device: string; state: State }
  | { type: "joined"; viewer: string }
  | { type: "left"; viewer: string; reason: string }
  | { type: "list" }
  | { type: "devices"; devices: DeviceInfo[] }
  | Signal
  | { type: "ping" | "pong"; time: number }
  | { type: "bye"; reason?: string }
  | { type: "error"; code: string; text: string; hint?: string }
  | { type: "read"; after?: Position; since?: number }
  | { type: "from"; position: Position }
  | { type: "beat"; time: number; position: Position; lag?: number }
  | { type: "ack"; time?: number; position?: Position }
  | { type: "ended"; position: Position };

const MAX_MESSAGE = 256 << 10; // characters; a list of devices is long

/** Reads one control message, or says undefined of a text that is none. */
export function parseMessage(text: string): Message | undefined {
  if (text.length > MAX_MESSAGE) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "type" in parsed && typeof parsed.type === "string") return parsed as Message;
  } catch {
    // not JSON
  }
  return undefined;
}

/** Codes of errors that end a socket, and would end the next one too. */
export function isFatal(code: string): boolean {
  return ["hello", "id", "taken", "too-many"].includes(code);
}
