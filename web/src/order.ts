// What a viewer asks of a device, and whether the device lets it; the twin of control.go.

import type { Action, Controls } from "./message";

export type Order = { action: "start" | "stop" } | { action: "interval"; micros: number };

/** What a message asks; undefined if that is nothing. */
export function orderOf(action: Action | undefined, micros: number): Order | undefined {
  if (action === "start" || action === "stop") return { action };
  return action === "interval" && Number.isSafeInteger(micros) && micros > 0 ? { action, micros } : undefined;
}

/** Why a device with these controls does not do what a viewer asks; empty where it may. */
export function refusal(controls: Controls, order: Order): string {
  if (order.action !== "interval") return controls.run === true ? "" : "this device does not let viewers start and stop it";
  if (!canSet(controls)) return "this device does not let viewers set its interval";
  if (order.micros >= controls.least && order.micros <= controls.most) return "";
  return `this device's interval is from ${controls.least / 1e3} to ${controls.most / 1e3} ms`;
}

/** Whether viewers may set the interval. */
export function canSet(controls: Controls): controls is Controls & { least: number; most: number } {
  return (controls.most ?? 0) > 0 && controls.least !== undefined;
}
