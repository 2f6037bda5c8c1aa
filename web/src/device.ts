// This page as a device: readings go into a log, and every viewer that the hub
// announces reads it through a cursor over a link of its own; the twin of device/.

import { after, every } from "./clock";
import { Batch, MAX_SERIES, type Position, type Schema } from "./frame";
import { type Cursor, Log, type Start } from "./log";
import { Link } from "./link";
import { type Identity, parseMessage, type Signal, type State } from "./message";
import { Session, type SessionStatus } from "./session";

const GATHER = 20; // ms in which readings become one frame
const GATHER_READINGS = 1000; // or until there are so many
const BEAT = 500; // ms
const SILENT = 10_000; // ms without an ack while nothing drains: the viewer is gone
const OPEN_WITHIN = 30_000;
const REJOIN = 15_000; // ms in which viewers come back to a hub that was restarted
const MOST_EVENTS = 50;
const MAX_LINKS = 100; // viewers served at once; others are refused

export interface DeviceConfig {
  url: string; // of /socket
  identity: Identity;
  onIdentity(id: string, secret: string): void;
  onChange(): void; // of anything that the properties tell
}

export interface ViewerInfo {
  id: string;
  path: "direct" | "connecting";
  lagMs: number | undefined;
  since: number; // ms since 1970
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
      url: config.url,
      role: "device",
      identity: config.identity,
      state: () => this.#state,
      onIdentity: (id, secret) => this.#welcome(id, secret),
      onMessage: (message) => {
        if (message.type === "joined") this.#join(message.viewer);
        else if (message.type === "left") this.#leave(message.viewer, message.reason);
        else if (message.type === "signal") this.#signal(message);
      },
      onStatus: () => config.onChange(),
    });
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
    this.#session.send({ type: "update", state });
  }

  close(): void {
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

  #welcome(id: string, secret: string): void {
    this.id = id;
    for (const one of this.#audience.values()) one.present = false; // until the hub says so again
    after(REJOIN, () => {
      for (const one of this.#audience.values()) if (!one.present && !one.linked) this.#drop(one.info.id, "lost");
    });
    this.#session.send({ type: "update", state: this.#state });
    this.#config.onIdentity(id, secret);
    this.#config.onChange();
  }

  #join(viewer: string): void {
    const known = this.#audience.get(viewer);
    if (known !== undefined) {
      known.present = true;
      return;
    }
    this.#audience.set(viewer, new Audience(viewer, this.#log, this.#config.onChange, () => this.#drop(viewer, "lost")));
    this.#note(viewer, "joined", "");
  }

  /** Takes the hub's word that a viewer went, but for one that did not mean to and whose link lives. */
  #leave(viewer: string, reason: string): void {
    const one = this.#audience.get(viewer);
    if (one === undefined) return;
    one.present = false;
    if (one.linked && reason !== "closed") return;
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
    const viewer = signal.viewer ?? "";
    const links = [...this.#audience.values()].filter((one) => one.linked && one.info.id !== viewer).length;
    if (signal.description !== undefined && links >= MAX_LINKS) {
      this.#session.send({ type: "signal", viewer, session: signal.session, text: `this device serves ${MAX_LINKS} viewers already: try again later` });
      return;
    }
    this.#audience.get(viewer)?.signal(signal, this.#session.ice, (answer) => this.#session.send({ ...answer, viewer }));
  }
}

/** One viewer: its link, and its cursor on the log. */
class Audience {
  readonly #id: string;
  readonly #log: Log;
  readonly #onChange: () => void;
  readonly #onGone: () => void;
  readonly #start: Position; // of the log's head when it joined
  readonly #since = Date.now();
  #link: Link | undefined;
  #cursor: Cursor | undefined;
  #stops: (() => void)[] = [];
  #heard = 0; // ms, of performance.now()
  #buffered = 0;
  #lag: number | undefined;
  present = true; // whether the hub has it

  constructor(id: string, log: Log, onChange: () => void, onGone: () => void) {
    this.#id = id;
    this.#log = log;
    this.#start = log.head;
    this.#onChange = onChange;
    this.#onGone = onGone;
  }

  get linked(): boolean {
    return this.#link !== undefined;
  }

  get info(): ViewerInfo {
    return { id: this.#id, path: this.#cursor === undefined ? "connecting" : "direct", lagMs: this.#lag, since: this.#since };
  }

  signal(signal: Signal, servers: RTCIceServer[], send: (signal: Signal) => void): void {
    if (signal.description?.type !== "offer") {
      if (this.#link?.session === signal.session) this.#link.signal(signal);
      return;
    }
    this.hangUp();
    const link: Link = Link.answer(
      {
        session: signal.session,
        servers,
        send,
        onOpen: () => this.#open(link),
        onMessage: (data) => this.#listen(data),
        onReady: () => this.#pump(),
        onClose: () => this.#closed(link),
      },
      signal.description,
    );
    this.#link = link;
    this.#stops.push(after(OPEN_WITHIN, () => this.#cursor ?? link.close()));
  }

  hangUp(): void {
    const link = this.#link;
    this.#reset();
    link?.close();
  }

  #reset(): void {
    this.#link = undefined;
    this.#cursor = undefined;
    this.#lag = undefined;
    for (const stop of this.#stops.splice(0)) stop();
  }

  #closed(link: Link): void {
    if (this.#link !== link) return; // there is a newer one, or it was hung up
    this.#reset();
    if (this.present) this.#onChange();
    else this.#onGone();
  }

  #open(link: Link): void {
    this.#heard = performance.now();
    this.#stops.push(every(BEAT, () => this.#beat(link)));
    this.#stops.push(this.#log.onAppend(() => this.#pump()));
  }

  #listen(data: string | Uint8Array): void {
    const message = typeof data === "string" ? parseMessage(data) : undefined;
    switch (message?.type) {
      case "read":
        this.#read(message.after === undefined && message.since === undefined ? { after: this.#start } : message);
        return;
      case "ack":
        this.#acked(message.time, message.position);
        return;
    }
    const text = message === undefined ? "That is no message of this protocol." : `No message of type ${message.type.slice(0, 40)}.`;
    this.#link?.send(JSON.stringify({ type: "error", code: message === undefined ? "malformed" : "unknown", text, hint: "see The direct path in PROTOCOL.md" }));
  }

  #read(start: Start): void {
    this.#cursor = this.#log.cursor(start);
    this.#link?.send(JSON.stringify({ type: "from", position: this.#cursor.position }));
    this.#pump();
    this.#onChange();
  }

  /** Sends what the cursor has, as long as the link takes it. */
  #pump(): void {
    while (this.#cursor !== undefined && this.#link?.ready()) {
      const entry = this.#cursor.next();
      if (entry === undefined) return;
      this.#link.send(entry.frame.bytes as Uint8Array<ArrayBuffer>);
    }
  }

  #acked(time: number | undefined, position: Position | undefined): void {
    this.#heard = performance.now();
    const trip = time ? Math.max(0, Date.now() - time / 1e3) / 2 : 0;
    const behind = position === undefined || position === null ? 0 : this.#log.lag(position);
    this.#lag = behind < 2 * trip ? trip : behind;
    this.#onChange();
  }

  #beat(link: Link): void {
    const now = performance.now();
    if (link.buffered < this.#buffered) this.#heard = now; // slow, but it takes what is sent
    this.#buffered = link.buffered;
    if (now - this.#heard > SILENT) link.close();
    else if (link.ready()) link.send(JSON.stringify({ type: "beat", time: Date.now() * 1e3, position: this.#log.head, ...(this.#lag !== undefined && { lag: Math.round(this.#lag * 1e3) }) }));
  }
}
