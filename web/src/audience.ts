// One viewer of this device: its links, and how far it is; the twin of
// device/audience.go.

import type { Log } from "./log";
import { Link } from "./link";
import { type Ack, type Objects, parseMessage, type Signal } from "./message";
import { closes, ObjectSender } from "./objects";
import { BEAT, lagOf, Sender } from "./sender";
import { after, every } from "./timer";

const OPEN_WITHIN = 30_000; // ms; a link that has not opened by then never will
const SILENT = 10_000; // ms without an ack while nothing drains: the viewer is gone …
const OUTAGE = 120_000; // … unless the hub is out of reach too: then it is our network
const DOUBT = 1_000; // ms without one: is it the viewer, or our network?
const MAX_LINKS = 3; // of one that speaks another protocol
const TRIPS = 8; // through the hub, of which the shortest counts
const LIVES_FOR = 2_000; // ms after an ack in which a link counts as alive

export interface ViewerInfo {
  id: string;
  path: "direct" | "turn" | "relay" | "";
  lagMs: number | undefined;
  since: number; // ms since 1970
}

export interface AudienceConfig {
  log: Log;
  away: () => boolean; // whether the hub is out of reach
  check(): void; // that the hub is there
  onChange(): void;
  onUnlinked(): void; // its last link is over
}

/** A link to the viewer, and what is sent over it: objects to one that speaks another protocol. */
interface Line {
  link: Link;
  sender: Sender | ObjectSender | undefined; // of objects, once it is open
  opened: boolean;
  heard: number; // ms, of performance.now()
  buffered: number; // bytes, at the last beat
  stops: (() => void)[];
}

export class Audience {
  readonly id: string;
  readonly since = Date.now();
  readonly start; // the log's head when it joined
  readonly #config: AudienceConfig;
  #lines: Line[] = []; // at most one that is open, and one that will be
  #relayed: { lagMs: number | undefined } | undefined; // while it says that it reads through the hub
  #relayedTo = 0; // sequence number of the newest frame that it had through the hub
  #trips: number[] = []; // ms from a frame to the word that it is there
  present = true; // whether the hub has it
  refused = false; // a link, for want of a place

  constructor(id: string, config: AudienceConfig) {
    this.id = id;
    this.#config = config;
    this.start = config.log.head;
  }

  /** Whether it has as many links as it may. */
  get full(): boolean {
    return this.#lines.length >= MAX_LINKS;
  }

  /** Whether it speaks another protocol. */
  get guest(): boolean {
    return this.id.startsWith("p-");
  }

  get linked(): boolean {
    return this.#lines.length > 0;
  }

  /** Whether it was heard of late on a link. */
  get alive(): boolean {
    return this.#lines.some(({ opened, heard }) => opened && performance.now() - heard < LIVES_FOR);
  }

  get info(): ViewerInfo {
    const { id, since } = this;
    if (this.#relayed !== undefined) return { id, path: "relay", lagMs: this.#relayed.lagMs, since };
    const line = this.#lines.find(({ sender }) => sender instanceof ObjectSender || sender?.reading);
    return { id, path: line?.link.path ?? "", lagMs: line?.sender?.lagMs, since };
  }

  /** Takes what the viewer, which the hub relays, says about how far it is. */
  ackRelay(ack: Ack): void {
    const { log, onChange } = this.#config;
    if (ack.position?.epoch !== log.epoch) return;
    const { seq } = ack.position;
    const entry = log.at(seq);
    if (entry !== undefined && seq > this.#relayedTo) this.#trips = [...this.#trips.slice(1 - TRIPS), log.ageOf(entry)];
    this.#relayedTo = Math.max(this.#relayedTo, seq);
    const trip = this.#trips.length === 0 ? undefined : Math.min(...this.#trips);
    this.#relayed = { lagMs: trip === undefined ? undefined : lagOf(log.lag(ack.position), trip) };
    onChange();
  }

  /** The hub has it no more. */
  leave(): void {
    this.present = false;
    this.#relayed = undefined;
  }

  /** Takes an offer. What came before ends once this one has opened. */
  offer(signal: Signal, servers: RTCIceServer[], send: (signal: Signal) => void): void {
    if (signal.description === undefined) return;
    for (const line of [...this.#lines]) if (!line.opened) line.link.close();
    const link: Link = Link.answer(
      {
        session: signal.session,
        servers,
        send,
        onOpen: () => this.#open(line, sender),
        onMessage: (data) => this.#listen(line, sender, data),
        onReady: () => line.sender?.pump(),
        onClose: () => this.#closed(line),
      },
      signal.description,
    );
    const sender = new Sender(this.#config.log, {
      get buffered() {
        return link.buffered;
      },
      lossy: true,
      say: (message) => link.send(JSON.stringify(message)),
      sendFrame: (bytes, loose) => link.send(bytes, loose ? "now" : "frames"),
    });
    const line = this.#add(link, sender);
  }

  /** Takes the offer of one that speaks another protocol: each of its links is one of its own. */
  offerPlain(signal: Signal, wish: Objects, device: string, servers: RTCIceServer[], send: (signal: Signal) => void): void {
    if (signal.description === undefined) return;
    const start = this.#config.log.head;
    const link: Link = Link.answerPlain(
      {
        session: signal.session,
        servers,
        send,
        onOpen: () => {
          line.opened = true;
          line.heard = performance.now();
          line.sender = new ObjectSender(this.#config.log, link, wish, device, start);
          line.stops.push(every(BEAT, () => this.#watch(line)));
          this.#config.onChange();
        },
        onMessage: (data) => closes(wish.packing, data) && link.close(),
        onReady: () => line.sender?.pump(),
        onClose: () => this.#closed(line),
      },
      signal.description,
    );
    const line = this.#add(link, undefined);
  }

  /** Keeps a link that is opening. */
  #add(link: Link, sender: Line["sender"]): Line {
    const line: Line = { link, sender, opened: false, heard: performance.now(), buffered: 0, stops: [] };
    line.stops.push(after(OPEN_WITHIN, () => line.opened || link.close()));
    this.#lines.push(line);
    return line;
  }

  /** Takes a viewer that says nothing for gone when no packet comes from it any more. */
  #watch(line: Line): void {
    const now = performance.now();
    if (line.link.reachable) line.heard = now;
    else if (now - line.heard > (this.present ? SILENT : LIVES_FOR)) line.link.close();
    this.#config.onChange();
  }

  signal(signal: Signal): void {
    this.#lines.find(({ link }) => link.session === signal.session)?.link.signal(signal);
  }

  hangUp(): void {
    for (const { link } of [...this.#lines]) link.close();
  }

  #open(line: Line, sender: Sender): void {
    line.opened = true;
    line.heard = performance.now();
    for (const other of [...this.#lines]) if (other !== line && other.opened) other.link.close();
    line.stops.push(every(BEAT, () => this.#beat(line, sender)));
    this.#beat(line, sender);
  }

  #closed(line: Line): void {
    line.sender?.close();
    for (const stop of line.stops) stop();
    this.#lines = this.#lines.filter((other) => other !== line);
    if (!this.linked) this.#config.onUnlinked();
    this.#config.onChange();
  }

  #listen(line: Line, sender: Sender, data: string | Uint8Array): void {
    line.heard = performance.now();
    const message = typeof data === "string" ? parseMessage(data) : undefined;
    switch (message?.type) {
      case "read":
        this.#relayed = undefined;
        sender.read(message, { after: this.start });
        break;
      case "unread":
        sender.unread();
        break;
      case "ack":
        if (message.position !== undefined && sender.reading) this.#relayed = undefined;
        sender.ack(message);
        break;
      default: {
        const text = message === undefined ? "That is no message of this protocol." : `No message of type ${message.type.slice(0, 40)}.`;
        line.link.send(JSON.stringify({ type: "error", code: message === undefined ? "malformed" : "unknown", text, hint: "see Reading in PROTOCOL.md" }));
      }
    }
    this.#config.onChange();
  }

  /** Tells the viewer where the log's head is, and watches over its answers. */
  #beat(line: Line, sender: Sender): void {
    const { link } = line;
    const now = performance.now();
    if (link.buffered < line.buffered) line.heard = now; // slow, but it takes what is sent
    line.buffered = link.buffered;
    const quiet = now - line.heard;
    if (quiet > (this.#config.away() ? OUTAGE : SILENT)) link.close();
    else if (link.ready()) link.send(JSON.stringify(sender.beat()), sender.mayLose() ? "now" : "frames"); // behind a full buffer it would only be late
    if (quiet > DOUBT && quiet < 2 * DOUBT) this.#config.check();
  }
}
