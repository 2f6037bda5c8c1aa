// What a viewer says to people: how far it is, and what they can do about it.

import type { SessionStatus } from "./session";

const LONGEST_SHOWN = 40; // characters of what is no id

export type Phase = "no-id" | "connecting-hub" | "no-device" | "connecting" | "unreachable" | "live" | "stopped" | "ended" | "hub-lost" | "error";

export interface Circumstances {
  device: string;
  hub: SessionStatus;
  present: boolean; // whether the hub has the device now
  seen: boolean; // whether it ever had
  why: string; // no direct path works
  noRelay: string; // why the relay carries nothing
}

/** The phase in words. */
export function textOf(phase: Phase, { device, hub, present, seen, why, noRelay }: Circumstances): string {
  switch (phase) {
    case "no-id":
      return `No device can have the id “${device.length > LONGEST_SHOWN ? `${device.slice(0, LONGEST_SHOWN)}…` : device}”.`;
    case "error":
    case "hub-lost":
      return hub.text;
    case "connecting-hub":
      return "Waiting for the hub to answer.";
    case "no-device":
      return seen ? `${device} has left the hub. Waiting for it to come back.` : `There is no device ${device} on this hub now. Waiting for it to come.`;
    case "connecting":
      return `Opening a path to ${device}.`;
    case "unreachable":
      return `${device} is there, but cannot be reached: ${[why, noRelay].filter((reason) => reason !== "").join("; ")}. Trying again.`;
    case "stopped":
      return `${device} is connected, and not streaming now.`;
    case "ended":
      return `The input of ${device} has ended. This is what it kept.`;
    case "live":
      return hub.state === "open" && !present ? `Live from ${device}, though it has left the hub.` : `Live from ${device}.`;
  }
}

/** What a person can do about it. */
export function hintOf(phase: Phase, { hub, why }: Circumstances): string {
  switch (phase) {
    case "no-id":
      return "An id has 1 to 64 letters, digits, - or _, and begins with a letter or digit, such as lab-psu. Check the link.";
    case "error":
    case "hub-lost":
      return hub.hint;
    case "no-device":
      return "Start the device, or check its name in the link. This page goes on by itself.";
    case "unreachable":
      return why.includes("WebRTC") ? "Open this link in a current Chrome, Firefox, Edge or Safari, and allow WebRTC there." : "Try another network, or let the relay carry the stream.";
    case "stopped":
      return "It goes on here as soon as somebody presses Start at the device.";
    default:
      return "";
  }
}
