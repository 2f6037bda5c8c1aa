// This page as a viewer: it asks the hub for a device and takes every frame
// once, over the best path there is and whatever outages; the twin of viewer/.
//
//	session ──> paths (relay, links) ──> track ──> the page

import type { Column, Frame, Schema } from "./frame";
import type { Hear } from "./line";
import { Link, webrtcMissing } from "./link";
import { type DeviceInfo, type Identity, isDeviceID, type Message, type Paths as Allowed, type State } from "./message";
import type { Order } from "./order";
import { type Cause, Paths } from "./paths";
import { Session, type SessionStatus } from "./session";
import type { Span } from "./span";
import { after, every } from "./timer";
import { type Counts, Track } from "./track";
import { type Circumstances, hintOf, type Phase, textOf } from "./words";

const STEER_EVERY = 100; // ms
const TICK_EVERY = 10; // ms
const ANSWER_WITHIN = 5_000; // ms that a device has for an answer to a control

export interface ViewerConfig {
  url: string; // of /socket
  identity: Identity;
  device?: string; // none lists those that are live
  choice: Allowed; // of the paths
  since: number; // ms of history to begin with; negative is all
  onIdentity(id: string, secret: string): void;
  onDevices(list: DeviceInfo[]): void;
  onSchema(schema: Schema): void;
  onColumns(columns: Column[], frame: Frame, late: boolean): void;
  onSkip(span: Span | undefined): void; // frames that are missing from here on; see TrackConfig
  onChange(): void; // of anything that the properties tell
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
  id = "";
  device: string;
  deviceState: State | undefined;

  constructor(config: ViewerConfig) {
    this.#config = config;
    this.device = config.device ?? "";
    this.#track = new Track(config);
    this.#paths = new Paths({
      track: this.#track,
      since: config.since,
      choice: config.choice,
      webrtc: webrtcMissing(),
      now: () => performance.now(),
      device: () => (this.#possible ? this.device : ""),
      send: (message) => this.#session.send(message),
      check: () => this.#session.check(),
      offer: (hear) => this.#offer(hear),
      onEnded: () => this.#ended(),
      onChange: config.onChange,
    });
    this.#session = new Session({
      url: config.url,
      role: "viewer",
      identity: config.identity,
      words: () => this.#paths.words(),
      onIdentity: (id, secret) => {
        this.id = id;
        config.onIdentity(id, secret);
      },
      onMessage: (message) => this.#hear(message),
      onFrame: (bytes) => this.#paths.take(bytes),
      onOnline: () => this.#paths.again(),
      onStatus: (status) => this.#status(status),
    });
    this.#stops.push(every(STEER_EVERY, () => this.#paths.steer()));
    this.#stops.push(every(TICK_EVERY, () => this.#paths.tick()));
  }

  /** Watches a device, when none was named before. */
  watch(device: string): void {
    if (this.device === device) return;
    this.device = device;
    this.#session.send({ type: "watch", device });
    this.#paths.steer();
    this.#config.onChange();
  }

  /** Asks the device to start, to stop or to set its interval; `answered` is told why it did not, or nothing. */
  control(order: Order, answered: (why: string) => void): void {
    const time = (this.#asked = Math.max(this.#asked + 1, Date.now() * 1e3));
    this.#answers.set(time, answered);
    const { action } = order;
    this.#session.send({ type: "control", device: this.device, action, ...(action === "interval" && { interval: order.micros }), time });
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

  get counts(): Counts {
    return this.#track.counts;
  }

  /** Frames that are missing now, and may come yet. */
  get skipped(): number {
    return this.#track.skipped;
  }

  get path(): "direct" | "turn" | "relay" | "" {
    return this.#paths.path;
  }

  /** What keeps the path from being a direct one. */
  get cause(): Cause {
    return this.#paths.cause;
  }

  /** The same in words. */
  get why(): string {
    return this.#paths.why;
  }

  /** Why the relay carries nothing. */
  get noRelay(): string {
    return this.#paths.noRelay;
  }

  /** Whether the hub has carried any of the stream. */
  get relayed(): boolean {
    return this.#paths.relayed;
  }

  get hubOpen(): boolean {
    return this.#hub.state === "open";
  }

  /** Whether the hub has the device now. */
  get online(): boolean {
    return this.#present;
  }

  get lagMs(): number | undefined {
    return this.#paths.lagMs;
  }

  /** How far the device's clock is ahead of this page's, give or take `error`, in µs; undefined before it was measured. */
  get ahead(): { ahead: number; error: number } | undefined {
    this.#ahead = this.#paths.ahead ?? this.#ahead;
    return this.#ahead;
  }

  get #possible(): boolean {
    return isDeviceID(this.device);
  }

  get phase(): Phase {
    if (this.device !== "" && !this.#possible) return "no-id";
    if (this.#hub.state === "ended") return "error";
    const activity = this.deviceState?.activity;
    if (this.path !== "") return activity === "stopped" || activity === "ended" ? activity : "live";
    if (this.#hub.state === "waiting" || (this.#hub.state === "connecting" && this.#seen)) return "hub-lost";
    if (this.#hub.state === "connecting" || this.deviceState === undefined) return "connecting-hub";
    if (!this.#present) return "no-device";
    return this.#paths.hopeless ? "unreachable" : "connecting";
  }

  /** The phase in words. */
  get text(): string {
    return textOf(this.phase, this.#circumstances());
  }

  /** What a person can do about it. */
  get hint(): string {
    return hintOf(this.phase, this.#circumstances());
  }

  #circumstances(): Circumstances {
    return { device: this.device, hub: this.#hub, present: this.#present, seen: this.#seen, why: this.why, noRelay: this.noRelay };
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
        if (message.device === this.device) this.#presence(message.state);
        return;
      case "signal":
        this.#paths.signal(message);
        return;
      case "control":
        if (message.device === this.device) this.#answer(message.time ?? 0, message.text ?? "");
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
        if (message.device === this.device) this.#paths.hear(message);
        return;
    }
  }

  #presence(state: State): void {
    this.deviceState = state;
    this.#present = state.activity !== "offline";
    this.#seen ||= this.#present;
    this.#paths.presence(this.#present, state.paths ?? "");
    this.#config.onChange();
  }

  #offer(hear: Hear): Link {
    const words = crypto.getRandomValues(new Uint32Array(4));
    return Link.offer({
      session: [...words].map((word) => word.toString(36)).join(""),
      servers: this.#session.ice,
      send: (signal) => this.#session.send({ ...signal, device: this.device }),
      onReady: () => {},
      ...hear,
    });
  }

  #ended(): void {
    if (this.deviceState !== undefined) this.deviceState = { ...this.deviceState, activity: "ended" };
    this.#config.onChange();
  }
}
