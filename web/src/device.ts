// This page as a device: readings go into a log, which everyone who wants the
// stream reads through a cursor of its own; the twin of device/.
//
//	publish -> batch -> Log -> Sender -> link -> viewer 1
//	                        -> Sender -> link -> viewer 2
//	                        -> Sender -> socket -> hub -> all who have no link (yet)

import { Audience, type ViewerInfo } from "./audience";
import { Batch } from "./batch";
import { dial } from "./dial";
import { MAX_SERIES, type Schema } from "./frame";
import { webrtcMissing } from "./link";
import { Log } from "./log";
import type { Control, Identity, Message, Signal, State } from "./message";
import { type Order, orderOf, refusal } from "./order";
import { attend } from "./presence";
import { Session, type SessionStatus } from "./session";
import { after } from "./timer";
import { Upload } from "./upload";

const GATHER = 20; // ms in which readings become one frame
const GATHER_READINGS = 1000; // or until there are so many
const REJOIN = 15_000; // ms in which viewers come back to a hub that was restarted
const MOST_EVENTS = 50;
const LONGEST_REFUSAL = 100; // characters, of up to 3 bytes
const MAX_DIRECT = 8; // viewers with a link; the rest is relayed

export interface DeviceConfig {
  url: string; // of /socket
  identity: Identity;
  onIdentity(id: string, secret: string): void;
  /** Does what a viewer asks and the state's controls allow; says why not, or nothing. */
  onControl(viewer: string, order: Order): string;
  onChange(): void; // of anything that the properties tell
}

export interface ViewerEvent {
  time: number; // ms since 1970
  viewer: string;
  what: "joined" | "left";
  reason: string;
}

export class Device {
  readonly #config: DeviceConfig;
  readonly #log = new Log();
  readonly #session: Session;
  readonly #upload: Upload;
  readonly #audience = new Map<string, Audience>();
  #batch = new Batch();
  #schema: Schema = { series: [] };
  #places: number[] = []; // of the series declared last, in the schema
  #state: State = { activity: "stopped", text: "Not streaming now" };
  #flushed = -Infinity;
  #stopFlush: (() => void) | undefined;
  id: string;
  published = 0; // readings
  events: ViewerEvent[] = [];

  constructor(config: DeviceConfig) {
    this.#config = config;
    this.id = config.identity.id ?? "";
    this.#session = new Session({
      dial: () => dial(config.url),
      role: "device",
      identity: config.identity,
      state: () => this.#stated(),
      onIdentity: (id, secret) => this.#welcome(id, secret),
      onMessage: (message) => this.#hear(message),
      onStatus: (status) => {
        if (status.state !== "open") this.#upload?.stop(); // the hub asks anew
        config.onChange();
      },
    });
    this.#upload = new Upload(this.#log, this.#session);
    attend(this.#session);
  }

  get status(): SessionStatus {
    return this.#session.status;
  }

  get viewers(): ViewerInfo[] {
    return [...this.#audience.values()].map((a) => a.info).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Says what is streamed from now on. Series that were declared before keep their place. */
  declare(schema: Schema): void {
    const series = [...this.#schema.series];
    for (const one of schema.series) if (!series.some(({ name }) => name === one.name)) series.push(one);
    if (series.length > MAX_SERIES) throw new Error(`a device has at most ${MAX_SERIES} series`);
    this.#places = schema.series.map(({ name }) => series.findIndex((one) => one.name === name));
    if (series.length === this.#schema.series.length) return;
    this.#flush();
    this.#schema = { series };
    this.#log.declare(this.#schema);
  }
  /** Appends readings: for each series declared last, as many values as there are times (µs since 1970). */
  publish(times: Float64Array, values: readonly Float64Array[]): void {
    for (let i = 0; i < times.length; i++) {
      for (const [s, column] of values.entries()) {
        const [place, micros, value] = [this.#places[s], times[i], column[i]];
        if (place === undefined || micros === undefined || value === undefined || !Number.isFinite(value)) continue;
        if (!this.#batch.add(place, micros, value)) {
          this.#flush();
          this.#batch.add(place, micros, value);
        }
        this.published++;
      }
      if (this.#batch.length >= GATHER_READINGS) this.#flush();
    }
    if (this.#batch.length === 0 || this.#stopFlush !== undefined) return;
    const rest = GATHER - (performance.now() - this.#flushed);
    if (rest <= 0) this.#flush();
    else this.#stopFlush = after(rest, () => this.#flush());
  }

  setState(state: State): void {
    this.#state = state;
    this.#session.send({ type: "update", state: this.#stated() });
  }

  /** The state, and what paths there are. */
  #stated(): State {
    return webrtcMissing() === undefined ? this.#state : { ...this.#state, paths: "relay" };
  }

  close(): void {
    this.#upload.stop();
    this.#session.close();
    for (const one of this.#audience.values()) one.hangUp();
    this.#audience.clear();
    this.#config.onChange();
  }

  #flush(): void {
    this.#stopFlush?.();
    this.#stopFlush = undefined;
    if (this.#batch.length === 0) return;
    this.#flushed = performance.now();
    const batch = this.#batch;
    this.#batch = new Batch();
    this.#log.append(batch);
  }

  #hear(message: Message): void {
    this.#upload.hear();
    switch (message.type) {
      case "joined":
        this.#join(message.viewer);
        return;
      case "left":
        this.#leave(message.viewer, message.reason);
        return;
      case "signal":
        this.#signal(message);
        return;
      case "control":
        this.#obey(message);
        return;
      case "read":
        this.#upload.read(message, { after: this.#audience.get(message.viewer ?? "")?.start ?? this.#log.head });
        return;
      case "unread":
        this.#upload.stop();
        return;
      case "ack":
        if (message.viewer === undefined) this.#upload.ack(message);
        else this.#audience.get(message.viewer)?.ackRelay(message);
        return;
    }
  }

  #welcome(id: string, secret: string): void {
    this.id = id;
    for (const one of this.#audience.values()) one.present = false; // until the hub says so again
    after(REJOIN, () => {
      for (const one of this.#audience.values()) if (!one.present && !one.linked) this.#drop(one.id, "lost");
    });
    this.#session.send({ type: "update", state: this.#stated() });
    this.#config.onIdentity(id, secret);
    this.#config.onChange();
  }

  #join(viewer: string): void {
    const known = this.#audience.get(viewer);
    if (known !== undefined) {
      known.present = true;
      return;
    }
    const one: Audience = new Audience(viewer, {
      log: this.#log,
      away: () => !this.#session.open,
      check: () => this.#session.check(),
      onChange: this.#config.onChange,
      onUnlinked: () => {
        if (this.#audience.get(viewer) === one && one.guest) this.#drop(viewer, "closed"); // it is here for its links
        else if (this.#audience.get(viewer) === one && !one.present) this.#drop(viewer, "lost");
        this.#invite();
      },
    });
    this.#audience.set(viewer, one);
    this.#note(viewer, "joined", "");
  }

  /** Takes the hub's word that a viewer went, but for one that did not mean to and whose link lives. */
  #leave(viewer: string, reason: string): void {
    const one = this.#audience.get(viewer);
    if (one === undefined) return;
    one.leave();
    if (one.alive && reason !== "closed") return;
    this.#drop(viewer, reason);
  }

  #drop(viewer: string, reason: string): void {
    const one = this.#audience.get(viewer);
    if (one === undefined) return;
    this.#audience.delete(viewer);
    one.hangUp();
    this.#note(viewer, "left", reason);
  }

  #note(viewer: string, what: ViewerEvent["what"], reason: string): void {
    this.events = [...this.events.slice(1 - MOST_EVENTS), { time: Date.now(), viewer, what, reason }];
    this.#config.onChange();
  }

  #signal(signal: Signal): void {
    if (signal.objects !== undefined && signal.viewer !== undefined) this.#join(signal.viewer); // it may have left, and is here again
    const one = this.#audience.get(signal.viewer ?? "");
    if (one === undefined) return; // it has left meanwhile
    if (signal.description?.type !== "offer") {
      one.signal(signal);
      return;
    }
    const { id: viewer } = one;
    const links = [...this.#audience.values()].filter((other) => other !== one && other.linked).length;
    one.refused = links >= MAX_DIRECT;
    const why = webrtcMissing() ?? this.#noPlace(one);
    const send = (answer: Signal): unknown => this.#session.send({ ...answer, viewer });
    if (why !== undefined) {
      send({ type: "signal", session: signal.session, text: why });
      if (one.guest && !one.linked) this.#drop(viewer, "closed");
    } else if (signal.objects !== undefined) one.offerPlain(signal, signal.objects, this.id, this.#session.ice, send);
    else one.offer(signal, this.#session.ice, send);
  }

  /** Why a viewer cannot have a link, if it cannot. */
  #noPlace(one: Audience): string | undefined {
    if (one.guest && one.full) return "a viewer has so many connections at most";
    return one.refused ? `this device streams directly to ${MAX_DIRECT} viewers at most` : undefined;
  }

  #obey({ viewer = "", action, interval = 0, time }: Control): void {
    if (!this.#audience.has(viewer)) return; // it has left meanwhile
    const order = orderOf(action, interval);
    const text = order === undefined ? "that is no control" : refusal(this.#state.controls ?? {}, order) || this.#config.onControl(viewer, order);
    this.#session.send({ type: "control", viewer, ...(time !== undefined && { time }), ...(text !== "" && { text: text.slice(0, LONGEST_REFUSAL) }) });
  }

  /** Offers a place that is free to the viewer that has waited longest for one. */
  #invite(): void {
    let next: Audience | undefined;
    for (const one of this.#audience.values()) if (one.refused && one.present && !one.linked && !(next && next.since <= one.since)) next = one;
    if (next === undefined) return;
    next.refused = false;
    this.#session.send({ type: "invite", viewer: next.id });
  }
}
