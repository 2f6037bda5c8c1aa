// This page as a viewer: it asks the hub for a device, opens a link to it, and
// takes every frame once, whatever outages there are; the twin of viewer/.

import { after } from "./clock";
import { type Column, decodeColumns, decodeSchema, type Frame, FrameError, KIND_SCHEMA, parseFrame, type Position, type Schema } from "./frame";
import { Link, webrtcMissing } from "./link";
import { type DeviceInfo, type Identity, parseMessage, type State } from "./message";
import { Session, type SessionStatus } from "./session";

const OPEN_WITHIN = 10_000; // ms; a link that has not opened by then is tried anew
const SILENT = 5_000; // ms without a message: the link is dead
const SILENT_AFTER_NEWS = 1_500; // ms, when the device's socket has come or gone: its page may have, too
const LIVES_FOR = 2_000; // ms; a link that lived longer is followed by another at once
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

export type Phase = "connecting-hub" | "no-device" | "connecting" | "unreachable" | "live" | "stopped" | "ended" | "hub-lost" | "no-webrtc" | "error";

export interface ViewerConfig {
  url: string; // of /socket
  identity: Identity;
  device?: string; // none lists those that are live
  since: number; // ms of history to begin with; negative is all
  onIdentity(id: string, secret: string): void;
  onDevices(list: DeviceInfo[]): void;
  onSchema(schema: Schema): void;
  onColumns(columns: Column[], frame: Frame): void;
  onGap(lost: number | undefined): void; // frames, undefined if that cannot be known
  onChange(): void; // of anything that the properties tell
}

export class Viewer {
  readonly #config: ViewerConfig;
  readonly #session: Session;
  readonly #track: Track;
  #link: Link | undefined;
  #hub: SessionStatus = { state: "connecting", text: "", hint: "" };
  #present = false; // whether the hub has the device now
  #seen = false; // whether it ever had
  #fails = 0; // links that did not open, one after the other
  #pause = 0;
  #begun = 0; // ms, of performance.now(): when the link was offered
  #silence = (): void => {};
  #retry = (): void => {};
  id = "";
  device: string;
  path: "direct" | "" = "";
  lagMs: number | undefined;
  deviceState: State | undefined;
  counts = { frames: 0, readings: 0, lost: 0, repeated: 0, bad: 0 };

  constructor(config: ViewerConfig) {
    this.#config = config;
    this.device = config.device ?? "";
    this.#track = new Track(config, this.counts);
    this.#session = new Session({
      url: config.url,
      role: "viewer",
      identity: config.identity,
      onIdentity: (id, secret) => {
        this.id = id;
        config.onIdentity(id, secret);
        if (this.device === "") this.#session.send({ type: "list" });
        else this.#session.send({ type: "watch", device: this.device });
        config.onChange();
      },
      onMessage: (message) => {
        if (message.type === "devices") config.onDevices(message.devices);
        else if (message.type === "device" && message.device === this.device) this.#presence(message.state);
        else if (message.type === "signal" && this.#link?.session === message.session) this.#link.signal(message);
      },
      onStatus: (status) => {
        this.#hub = status;
        if (status.state !== "open") this.#present = false;
        config.onChange();
      },
    });
  }

  /** Watches a device, when none was named before. */
  watch(device: string): void {
    if (this.device === device) return;
    this.device = device;
    this.#session.send({ type: "watch", device });
    this.#config.onChange();
  }

  close(): void {
    this.#session.close();
    this.#hangUp();
  }

  get phase(): Phase {
    const live = this.path !== "";
    if (webrtcMissing() !== undefined) return "no-webrtc";
    if (this.#hub.state === "ended") return "error";
    if (live) return this.deviceState?.activity === "stopped" ? "stopped" : this.deviceState?.activity === "ended" ? "ended" : "live";
    if (this.#hub.state === "waiting" || (this.#hub.state === "connecting" && this.#seen)) return "hub-lost";
    if (this.#hub.state === "connecting" || this.deviceState === undefined) return "connecting-hub";
    if (!this.#present) return "no-device";
    return this.#fails > 0 ? "unreachable" : "connecting";
  }

  /** The phase in words. */
  get text(): string {
    const name = this.device;
    switch (this.phase) {
      case "no-webrtc":
        return webrtcMissing() ?? "";
      case "error":
      case "hub-lost":
        return this.#hub.text;
      case "connecting-hub":
        return "Waiting for the hub to answer.";
      case "no-device":
        return this.#seen ? `${name} has left the hub. Waiting for it to come back.` : `There is no device ${name} on this hub now. Waiting for it to come.`;
      case "connecting":
        return `Opening a direct path to ${name}.`;
      case "unreachable":
        return `${name} is there, but no direct path to it works. Trying again.`;
      case "stopped":
        return `${name} is connected, and not streaming now.`;
      case "ended":
        return `The input of ${name} has ended. This is what it kept.`;
      case "live":
        return this.#hub.state === "open" && !this.#present ? `Live from ${name}, though it has left the hub.` : `Live from ${name}.`;
    }
  }

  /** What a person can do about it. */
  get hint(): string {
    switch (this.phase) {
      case "no-webrtc":
        return "Open this link in a current Chrome, Firefox, Edge or Safari, and allow WebRTC there.";
      case "error":
      case "hub-lost":
        return this.#hub.hint;
      case "no-device":
        return "Start the device, or check its name in the link. This page goes on by itself.";
      case "unreachable":
        return "A firewall between you and the device may block UDP: try another network.";
      case "stopped":
        return "It goes on here as soon as somebody presses Start at the device.";
      default:
        return "";
    }
  }

  #presence(state: State): void {
    this.deviceState = state;
    const was = this.#present;
    const came = !was && state.activity !== "offline";
    this.#present = state.activity !== "offline";
    this.#seen ||= this.#present;
    const went = was && !this.#present;
    if ((came || went) && this.#link !== undefined && this.path !== "") this.#listenFor(SILENT_AFTER_NEWS, this.#link);
    else if (came) {
      this.#hangUp(); // an offer under way went to a socket that is no more
      this.#connect();
    }
    this.#config.onChange();
  }

  #connect(): void {
    if (!this.#present || this.#link !== undefined || webrtcMissing() !== undefined) return;
    const words = crypto.getRandomValues(new Uint32Array(4));
    const link: Link = Link.offer({
      session: [...words].map((w) => w.toString(36)).join(""),
      servers: this.#session.ice,
      send: (signal) => this.#session.send({ ...signal, device: this.device }),
      onOpen: () => this.#open(link),
      onMessage: (data) => this.#take(link, data),
      onReady: () => {},
      onClose: () => this.#closed(link),
    });
    this.#link = link;
    this.#begun = performance.now();
    this.#listenFor(OPEN_WITHIN, link);
    this.#config.onChange();
  }

  /** Gives a link up that says nothing for so long. */
  #listenFor(ms: number, link: Link): void {
    this.#silence();
    this.#silence = after(ms, () => link.close());
  }

  #hangUp(): void {
    const link = this.#link;
    this.#link = undefined;
    this.path = "";
    this.lagMs = undefined;
    this.#silence();
    this.#retry();
    link?.close();
  }

  #open(link: Link): void {
    const { since } = this.#config;
    const after = this.#track.position;
    link.send(JSON.stringify({ type: "read", ...(after === undefined ? since !== 0 && { since } : { after }) }));
  }

  #closed(link: Link): void {
    if (this.#link !== link) return;
    const worked = this.path !== "";
    const lived = worked && performance.now() - this.#begun > LIVES_FOR;
    this.#hangUp();
    this.#fails = worked ? 0 : this.#fails + 1;
    this.#pause = lived ? 0 : Math.min(Math.max(FIRST_PAUSE, this.#pause * 2), LONGEST_PAUSE);
    this.#retry = after(this.#pause / 2 + (Math.random() * this.#pause) / 2, () => this.#connect());
    this.#config.onChange();
  }

  #take(link: Link, data: string | Uint8Array<ArrayBuffer>): void {
    this.#listenFor(SILENT, link);
    if (typeof data === "string") {
      this.#listen(link, data);
      return;
    }
    try {
      this.#track.take(parseFrame(data));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.counts.bad++; // passed over; the next one tells how many are missing
    }
  }

  #listen(link: Link, text: string): void {
    const message = parseMessage(text);
    const position = this.#track.position;
    switch (message?.type) {
      case "from":
        this.#track.from(message.position);
        this.path = "direct";
        this.#fails = 0;
        this.#config.onChange();
        break;
      case "beat":
        link.send(JSON.stringify({ type: "ack", time: message.time, position }));
        this.lagMs = message.lag === undefined ? undefined : message.lag / 1e3;
        this.#config.onChange();
        break;
      case "ended":
        link.send(JSON.stringify({ type: "ack", position }));
        if (this.deviceState !== undefined) this.deviceState = { ...this.deviceState, activity: "ended" };
        this.#config.onChange();
        break;
    }
  }
}

/** Where in the stream the viewer is, whatever link it reads. */
class Track {
  readonly #config: ViewerConfig;
  readonly #counts: Viewer["counts"];
  #schema = 0; // version that was announced
  #series = 0;
  position: Position | undefined; // of the last frame handled

  constructor(config: ViewerConfig, counts: Viewer["counts"]) {
    this.#config = config;
    this.#counts = counts;
  }

  /** Takes the place where the device begins to read. */
  from(start: Position): void {
    const before = this.position;
    if (before?.epoch === start.epoch && start.seq <= before.seq) return;
    this.position = start;
    if (before === undefined) return;
    if (before.epoch !== start.epoch) this.#config.onGap(undefined);
    else this.#lost(start.seq - before.seq);
  }

  #lost(frames: number): void {
    this.#counts.lost += frames;
    this.#config.onGap(frames);
  }

  take(frame: Frame): void {
    this.#counts.frames++;
    const { position } = this;
    const ahead = position?.epoch === frame.position.epoch ? frame.position.seq - position.seq : 1;
    if (ahead > 1) this.#lost(ahead - 1);
    if (ahead > 0) this.position = frame.position;
    if (frame.kind === KIND_SCHEMA) {
      const schema = decodeSchema(frame);
      this.#schema = frame.schema;
      this.#series = schema.series.length;
      this.#config.onSchema(schema);
    } else if (ahead <= 0) {
      this.#counts.repeated++;
    } else {
      if (frame.schema !== this.#schema) throw new FrameError(`schema ${frame.schema} holds, ${this.#schema} was announced`);
      const columns = decodeColumns(frame);
      for (const { series } of columns) if (series >= this.#series) throw new FrameError(`series ${series} is not in the schema`);
      this.#counts.readings += frame.count;
      this.#config.onColumns(columns, frame);
    }
  }
}
