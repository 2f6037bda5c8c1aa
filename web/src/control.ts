// Start, Stop and the interval of the device, from afar: shown where its owner
// allows that, and not to be pressed while it would do nothing, with the reason.

import type { Controls } from "./message";
import { canSet, type Order } from "./order";
import { element, hide, make, write } from "./page";
import type { Viewing } from "./viewing";

const ASKED = { start: "Start", stop: "Stop", interval: "Set" };

export class Control {
  readonly #form = element("control", HTMLFormElement);
  readonly #start = button("Start", "button");
  readonly #stop = button("Stop", "button");
  readonly #set = button("Set", "submit");
  readonly #field = make("input");
  readonly #interval = make("p", "field inline");
  readonly #words = make("p", "muted");
  readonly #viewer: Viewing;
  #given: Controls | undefined; // when the device was last there
  #typed = false; // what the field says is not the device's
  #answer = ""; // of the device, to what was asked last

  constructor(viewer: Viewing) {
    this.#viewer = viewer;
    const label = make("label", "", "Interval in milliseconds");
    this.#field.id = "remote-interval";
    this.#field.inputMode = "decimal";
    this.#field.autocomplete = "off";
    this.#words.id = "control-words";
    this.#words.setAttribute("role", "status");
    label.htmlFor = this.#field.id;
    for (const one of [this.#start, this.#stop, this.#set, this.#field]) one.setAttribute("aria-describedby", this.#words.id);
    this.#interval.append(label, this.#field, this.#set);
    this.#form.append(this.#start, this.#stop, this.#interval, this.#words);
    this.#start.addEventListener("click", () => this.#ask({ action: "start" }));
    this.#stop.addEventListener("click", () => this.#ask({ action: "stop" }));
    this.#field.addEventListener("input", () => (this.#typed = true));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#setInterval();
    });
  }

  /** Shows what the device allows now. */
  show(): void {
    const { deviceState } = this.#viewer;
    const now = deviceState?.controls;
    if (now !== undefined && deviceState?.activity !== "ended") this.#given = now;
    hide(this.#form, this.#given === undefined);
    if (this.#given === undefined) return;
    const reason = this.#reason();
    const streaming = deviceState?.activity === "streaming";
    const focused = document.activeElement;
    for (const one of [this.#start, this.#stop]) hide(one, this.#given.run !== true);
    this.#start.disabled = reason !== "" || streaming;
    this.#stop.disabled = reason !== "" || !streaming;
    if (focused === this.#start && this.#start.disabled) this.#stop.focus(); // a disabled button would lose the focus to nowhere
    if (focused === this.#stop && this.#stop.disabled) this.#start.focus();
    hide(this.#interval, !canSet(this.#given));
    this.#field.disabled = this.#set.disabled = reason !== "";
    if (!this.#typed && focused !== this.#field && this.#given.interval !== undefined) this.#field.value = String(this.#given.interval / 1e3);
    write(this.#words, reason || this.#answer);
  }

  /** Why nothing can be asked of the device now, in words. */
  #reason(): string {
    const { hubOpen, online, device, deviceState } = this.#viewer;
    if (!hubOpen) return "The hub is not reached now, and this goes through it.";
    if (!online) return `${device} has left the hub.`;
    if (deviceState?.activity === "ended") return "Its input has ended.";
    return deviceState?.controls === undefined ? "Its owner does not allow this any more." : "";
  }

  #setInterval(): void {
    const micros = Math.round(Number(this.#field.value.trim()) * 1e3);
    const { least = 1, most = Infinity } = this.#given ?? {};
    if (this.#field.value.trim() !== "" && micros >= least && micros <= most) {
      this.#ask({ action: "interval", micros });
      return;
    }
    this.#field.setAttribute("aria-invalid", "true");
    this.#say(`The interval is a number from ${least / 1e3} to ${most / 1e3} ms.`);
    this.#field.focus();
  }

  #ask(order: Order): void {
    const what = ASKED[order.action];
    this.#field.removeAttribute("aria-invalid");
    this.#say(`${what} …`);
    this.#viewer.control(order, (why) => {
      if (order.action === "interval") this.#typed = false;
      this.#say(why === "" ? "" : `${what} did nothing: ${why.replace(/\.$/, "")}.`);
    });
  }

  #say(text: string): void {
    this.#answer = text;
    this.show();
  }
}

function button(text: string, type: "button" | "submit"): HTMLButtonElement {
  const made = make("button", "", text);
  made.type = type;
  return made;
}
