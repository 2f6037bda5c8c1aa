// The devices that are live, on a Remote Client that was told of none.

import type { DeviceInfo } from "./message";
import { element, make } from "./page";

const devices = element("devices", HTMLElement);
const noDevices = element("no-devices", HTMLElement);

/** Shows them, in the order given. */
export function show(those: readonly DeviceInfo[]): void {
  devices.replaceChildren(...those.map(itemOf));
  noDevices.hidden = those.length > 0;
}

function itemOf(info: DeviceInfo): HTMLElement {
  const link = make("a");
  link.href = `/remote/${encodeURIComponent(info.id)}${location.search}`;
  const lamp = make("span", "lamp");
  lamp.dataset["activity"] = info.state.activity;
  const watchers = info.viewers === 1 ? "1 viewer" : `${info.viewers === 0 ? "no" : info.viewers} viewers`;
  link.append(lamp, make("span", "device-name", info.id), make("span", "device-state", info.state.text ?? ""), make("span", "device-viewers", watchers));
  const item = make("li");
  item.append(link);
  return item;
}
