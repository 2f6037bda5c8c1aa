// This page as a viewer: it asks the hub for a device and takes every frame
// once, over the best path there is and whatever outages; the twin of viewer/.
//
//	session ──> paths (relay, links) ──> track ──> whoever shows it

import type { Column, Frame, Schema } from "./frame";
import type { Dialled } from "./dial";
import type { Hear, Wire } from "./line";
import { type DeviceInfo, type Identity, isDeviceID, type Message, type Paths as Allowed, type Signal, type State } from "./message";
import type { Order } from "./order";
import { type Cause, Paths } from "./paths";
import { Session, type SessionStatus } from "./session";
import type { Span } from "./span";
import { after, every } from "./timer";
import { type Counts, Track } from "./track";
import { hintOf, type Phase, textOf } from "./words";

const STEER_EVERY = 100; // ms
const TICK_EVERY = 10; // ms
const ANSWER_WITHIN = 5_000; // ms that a device has for an answer to a control

export interface ViewerConfig {
  dial(): Dialled; // the hub
  offer(session: string, servers: RTCIceServer[], hear: Hear, send: (signal: Signal) => void): Wire; // to the device
  webrtc: string | undefined; // why there can be no link
  identity: Identity;
  device?: string; // none lists those that are live
  choice: Allowed; // of the paths
  since: number; // ms of history to begin with; negative is all
  onIdentity(id: string, secret: string): void;
  onDevices(list: DeviceInfo[]): void;
  onSchema(schema: Schema): void;
  onColumns(columns: Column[], frame: Frame, late: boolean): void;
  onSkip(span: Span | undefined): void; // frames that are missing from here on; see TrackConfig
  onChange(): void; // of anything that is known
}

/** What there is to know of a viewer. */
export interface Known {
  id: string;
  device: string;
  deviceState: State | undefined;
  phase: Phase;
  text: string; // the phase in words
  hint: string; // what a person can do about it
  hubOpen: boolean;
  online: boolean; // whether the hub has the device now
  counts: Counts;
  skipped: number; // frames that are missing now, and may come yet
  path: "direct" | "turn" | "relay" | "";
  cause: Cause; // what keeps the path from being a direct one
  why: string; // the same in words
  noRelay: string; // why the relay carries nothing
  relayed: boolean; // whether the hub has carried any of the stream
  lagMs: number | undefined;
  ahead: { ahead: number; error: number } | undefined; // how far the device's clock is ahead of this one, give or take `error`, in µs; undefined before it was measured
}

export class Viewer {
  readonly #config: ViewerConfig;
  readonly #track: Track;
  readonly #paths: Paths;
  readonly #session: Session;
  readonly #stops: (() => void)[] = [];
  #hub: SessionStatus = { state: "connecting", text: "", hint: "" };
  #present = false; // whether the hub has the device now
  #seen = false; // whether it ever had
  readonly #answers = new Map<number, (why: string) => void>(); // to controls, by their time
  #asked = 0; // µs: time of the last one
  #ahead: { ahead: number; error: number } | undefined;
  #id = "";
  #device: string;
  #state: State | undefined; // of the device

  constructor(config: ViewerConfig) {
    this.#config = config;
    this.#device = config.device ?? "";
    this.#track = new Track(config);
    this.#paths = new Paths({
      track: this.#track,
      since: config.since,
      choice: config.choice,
      webrtc: config.webrtc,
      now: () => performance.now(),
      device: () => (this.#possible ? this.#device : ""),
      send: (message) => this.#session.send(message),
      check: () => this.#session.check(),
      offer: (hear) => this.#offer(hear),
      onEnded: () => this.#ended(),
      onChange: config.onChange,
    });
    this.#session = new Session({
      dial: () => config.dial(),
      role: "viewer",
      identity: config.identity,
      words: () => this.#paths.words(),
      onIdentity: (id, secret) => {
        this.#id = id;
        config.onIdentity(id, secret);
      },
      onMessage: (message) => this.#hear(message),
      onFrame: (bytes) => this.#paths.take(bytes),
      onStatus: (status) => this.#status(status),
    });
    this.#stops.push(every(STEER_EVERY, () => this.#paths.steer()));
    this.#stops.push(every(TICK_EVERY, () => this.#paths.tick()));
  }

  /** Makes sure that the hub is there, now that the network has changed or the page is back. */
  wake(): void {
    this.#session.wake();
    this.#paths.again();
  }

  /** Watches a device, when none was named before. */
  watch(device: string): void {
    if (this.#device === device) return;
    this.#device = device;
    this.#session.send({ type: "watch", device });
    this.#paths.steer();
    this.#config.onChange();
  }

  /** Asks the device to start, to stop or to set its interval; `answered` is told why it did not, or nothing. */
  control(order: Order, answered: (why: string) => void): void {
    const time = (this.#asked = Math.max(this.#asked + 1, Date.now() * 1e3));
    this.#answers.set(time, answered);
    const { action } = order;
    this.#session.send({ type: "control", device: this.#device, action, ...(action === "interval" && { interval: order.micros }), time });
    after(ANSWER_WITHIN, () => this.#answer(time, "the device does not answer"));
  }

  #answer(time: number, why: string): void {
    const answered = this.#answers.get(time);
    this.#answers.delete(time);
    answered?.(why);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#session.close();
    this.#paths.close();
  }

  get path(): Known["path"] {
    return this.#paths.path;
  }

  /** What there is to know of it now. */
  get known(): Known {
    const phase = this.#phase;
    const device = this.#device;
    const { path, cause, why, noRelay, relayed, lagMs } = this.#paths;
    this.#ahead = this.#paths.ahead ?? this.#ahead;
    const circumstances = { device, hub: this.#hub, present: this.#present, seen: this.#seen, why, noRelay };
    return {
      id: this.#id,
      device,
      deviceState: this.#state,
      phase,
      text: textOf(phase, circumstances),
      hint: hintOf(phase, circumstances),
      hubOpen: this.#hub.state === "open",
      online: this.#present,
      counts: this.#track.counts,
      skipped: this.#track.skipped,
      path,
      cause,
      why,
      noRelay,
      relayed,
      lagMs,
      ahead: this.#ahead,
    };
  }

  get #possible(): boolean {
    return isDeviceID(this.#device);
  }

  get #phase(): Phase {
    if (this.#device !== "" && !this.#possible) return "no-id";
    if (this.#hub.state === "ended") return "error";
    const activity = this.#state?.activity;
    if (this.path !== "") return activity === "stopped" || activity === "ended" ? activity : "live";
    if (this.#hub.state === "waiting" || (this.#hub.state === "connecting" && this.#seen)) return "hub-lost";
    if (this.#hub.state === "connecting" || this.#state === undefined) return "connecting-hub";
    if (!this.#present) return "no-device";
    return this.#paths.hopeless ? "unreachable" : "connecting";
  }

  #status(status: SessionStatus): void {
    const before = this.#hub.state;
    this.#hub = status;
    if (status.state === "open") this.#paths.welcome();
    else {
      this.#present = false;
      if (before === "open") this.#paths.away();
    }
    this.#config.onChange();
  }

  #hear(message: Message): void {
    switch (message.type) {
      case "devices":
        this.#config.onDevices(message.devices);
        return;
      case "device":
        if (message.device === this.#device) this.#presence(message.state);
        return;
      case "signal":
        this.#paths.signal(message);
        return;
      case "control":
        if (message.device === this.#device) this.#answer(message.time ?? 0, message.text ?? "");
        return;
      case "invite":
        this.#paths.again();
        return;
      case "error":
        this.#paths.hear(message);
        return;
      case "from":
      case "gap":
      case "beat":
      case "ended":
        if (message.device === this.#device) this.#paths.hear(message);
        return;
    }
  }

  #presence(state: State): void {
    this.#state = state;
    this.#present = state.activity !== "offline";
    this.#seen ||= this.#present;
    this.#paths.presence(this.#present, state.paths ?? "");
    this.#config.onChange();
  }

  #offer(hear: Hear): Wire {
    const words = crypto.getRandomValues(new Uint32Array(4));
    const session = [...words].map((word) => word.toString(36)).join("");
    return this.#config.offer(session, this.#session.ice, hear, (signal) => this.#session.send({ ...signal, device: this.#device }));
  }

  #ended(): void {
    if (this.#state !== undefined) this.#state = { ...this.#state, activity: "ended" };
    this.#config.onChange();
  }
}
