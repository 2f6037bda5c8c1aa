// The ways to the device: the relay at once, a link as soon as one has caught
// up, the relay again once that is silent; the twin of viewer/paths.go.
//
//	steer ──> relay   read or unread, as long as no link has caught up
//	      ──> links   offer another when none is alive; end those that a newer one makes useless
//
// A path is judged by what came over it, and by nothing else.

import type { Label } from "./channels";
import { CLOSED } from "./link";
import { type Hear, Line, SILENT, type Wire } from "./line";
import { type Message, parseMessage, type Paths as Allowed, type Signal } from "./message";
import { Reader } from "./reader";
import type { Track } from "./track";

const RELAY_SILENT = 1_500; // ms without one: the socket itself is in doubt
const OPEN_WITHIN = 10_000; // ms; a link that has not opened by then is tried anew
const FIRST_PAUSE = 250; // ms between two tries
const LONGEST_PAUSE = 10_000;
const PAINT_FIRST = 100; // ms after the device is there that a page has for its first picture, where the relay brings one
const RELAY_FIRST = 1_000; // ms that the relay has for itself before another link is tried
const ASLEEP = 300; // ms between two steps: this page slept

export type Cause = "asked" | "device" | "browser" | "refused" | "failed" | "opening" | "";

export interface PathsConfig {
  track: Track;
  since: number; // ms of history to begin with
  choice: Allowed; // of who watches
  webrtc: string | undefined; // why there can be no link
  now: () => number; // ms, steady
  device: () => string;
  send(message: Message): void; // to the hub
  check(): void; // that the hub is there
  offer(hear: Hear): Wire;
  onEnded(): void;
  onChange(): void;
}

export class Paths {
  readonly #config: PathsConfig;
  #lines: Line[] = []; // opening and open, newest last
  #relay: Reader | undefined; // while the hub is asked for frames
  #relayRefused = "";
  #refused = ""; // by the device, a link
  #failed = false; // whether a link that was offered did not come
  #pause = 0; // ms, before the next offer
  #nextTry = 0; // ms
  #stepped = NaN; // ms, when it last looked at the time
  #up = false; // whether the socket is open
  #present = false; // whether the hub has the device
  #allowed: Allowed = ""; // by the device
  #told = "";
  #painted = false; // whether the page has had time for its first picture
  relayed = false; // whether the hub has carried any of the stream

  constructor(config: PathsConfig) {
    this.#config = config;
  }

  /** The path that the readings come over now. */
  get path(): "direct" | "turn" | "relay" | "" {
    const best = this.#best();
    if (best !== undefined && (best.reader.caught || this.#relay === undefined)) return best.wire.path;
    return this.#relay?.begun && this.#present ? "relay" : "";
  }

  get lagMs(): number | undefined {
    return this.#current()?.lagMs;
  }

  /** How far the device's clock is ahead of this page's, as far as the path in use tells, in µs. */
  get ahead(): { ahead: number; error: number } | undefined {
    return this.#current()?.ahead;
  }

  /** What keeps the path from being direct; empty where nothing does. */
  get cause(): Cause {
    const { choice, webrtc } = this.#config;
    if (this.path === "direct" || this.path === "turn") return "";
    if (choice === "relay") return "asked";
    if (this.#allowed === "relay") return "device";
    if (webrtc !== undefined) return "browser";
    if (this.#refused !== "") return "refused";
    if (this.#failed) return "failed";
    return this.#lines.length > 0 || this.#present ? "opening" : "";
  }

  /** The same in words. */
  get why(): string {
    switch (this.cause) {
      case "asked":
        return "this page was asked to use the relay only";
      case "device":
        return "the device streams through the hub only";
      case "browser":
        return this.#config.webrtc ?? "";
      case "refused":
        return `refused: ${this.#refused}`;
      case "failed":
        return "no direct path works: a firewall may block UDP";
      case "opening":
        return "a direct path is being opened";
      case "":
        return "";
    }
  }

  /** Why the relay carries nothing, in words; empty where it may. */
  get noRelay(): string {
    if (this.#config.choice === "direct") return "this page was asked not to use the relay";
    if (this.#allowed === "direct") return "the device allows no relay";
    return this.#relayRefused;
  }

  get hopeless(): boolean {
    return this.noRelay !== "" && (!this.#mayDirect() || this.#failed || this.#refused !== "");
  }

  /** What is said right behind the hello: the first frames come right behind the welcome. */
  words(): Message[] {
    const device = this.#config.device();
    if (device === "") return [{ type: "list" }];
    const watch: Message = { type: "watch", device };
    this.#relay = undefined;
    return this.#wantsRelay(this.#best()) ? [watch, this.#readRelay(device)] : [watch];
  }

  /** The socket is open. */
  welcome(): void {
    this.#up = true;
    this.again();
  }

  /** The socket is lost. */
  away(): void {
    this.#up = this.#present = false;
    this.#relay = undefined;
    this.#relayRefused = "";
    this.steer();
  }

  /** The hub has, or has not, the device, which allows these paths. */
  presence(present: boolean, allowed: Allowed): void {
    const came = present && !this.#present;
    [this.#present, this.#allowed] = [present, allowed];
    if (came) {
      for (const { wire, opened } of [...this.#lines]) if (!opened) wire.close(); // its offer went to a socket that is no more
      this.again();
    } else this.steer();
  }

  /** Tries for a link at once. */
  again(): void {
    this.#pause = this.#nextTry = 0;
    this.#refused = "";
    this.steer();
  }

  signal(signal: Signal): void {
    this.#lines.find(({ wire }) => wire.session === signal.session)?.wire.signal(signal);
  }

  /** Takes what the hub says as a relay. */
  hear(message: Message): void {
    if (message.type === "error" && message.code === "relay") {
      this.#relayRefused = message.text;
      this.#relay = undefined;
    } else this.#relay?.hear(message);
    this.steer();
  }

  /** Takes a frame that came through the hub. */
  take(bytes: Uint8Array): void {
    const first = this.#relay?.caught === false;
    this.relayed = true;
    this.#relay?.take(bytes, false);
    if (first) this.steer();
  }

  close(): void {
    for (const { wire } of this.#lines.splice(0)) wire.close();
  }

  /** Keeps the page on the best path there is. It runs ten times a second, and wherever something has changed. */
  steer(): void {
    const now = this.#config.now();
    this.#wake(now);
    for (const line of this.#lines) this.#judge(line, now);
    const best = this.#best();
    this.#steerRelay(now, best);
    this.#steerLinks(now, best);
    for (const reader of this.#readers()) reader.tick();
    const tell = `${this.path} ${this.why} ${this.lagMs}`;
    if (tell !== this.#told) this.#config.onChange();
    this.#told = tell;
  }

  /** Time in which the page slept, or was too busy, is no silence: what came then waits to be taken. */
  #wake(now: number): void {
    const slept = now - this.#stepped;
    this.#stepped = now;
    if (slept > ASLEEP) for (const reader of this.#readers()) reader.excuse(slept);
  }

  #readers(): Reader[] {
    return [...(this.#relay ? [this.#relay] : []), ...this.#lines.map(({ reader }) => reader)];
  }

  /** Does what does not wait for steer: lost frames, and a link that hesitates. */
  tick(): void {
    const now = this.#config.now();
    this.#wake(now);
    if (this.#up && this.#wantsRelay(this.#best()) && this.#relay === undefined) this.steer();
    for (const { reader } of this.#lines) if ((reader.due ?? Infinity) <= now) reader.chase();
  }

  /** The newest link that something came over of late. */
  #best(): Line | undefined {
    const since = this.#config.now() - SILENT;
    return this.#lines.findLast(({ opened, resting, reader }) => opened && !resting && reader.heard >= since);
  }

  #judge(line: Line, now: number): void {
    const relay = this.#up && this.noRelay === "";
    const { fell, steady } = line.judge(now, relay);
    if (steady) this.#pause = 0;
    if (fell && relay) this.#nextTry = now + RELAY_FIRST;
  }

  #current(): Reader | undefined {
    return this.path === "relay" ? this.#relay : this.path === "" ? undefined : this.#best()?.reader;
  }

  #wantsRelay(best: Line | undefined): boolean {
    const good = best?.reader.caught && !best.reader.hesitates(this.#config.now());
    return !good && this.noRelay === "";
  }

  #steerRelay(now: number, best: Line | undefined): void {
    const device = this.#config.device();
    if (!this.#up || device === "") return;
    const wanted = this.#wantsRelay(best);
    if (wanted && this.#relay === undefined) this.#config.send(this.#readRelay(device));
    if (!wanted && this.#relay !== undefined) {
      this.#config.send({ type: "unread", device });
      this.#relay = undefined;
    }
    const due = this.#present || this.#relay?.begun; // without the device, a hub has nothing to say
    if (this.#relay !== undefined && due && now - this.#relay.spoke > RELAY_SILENT) {
      this.#relay.spoke = now;
      this.#config.check();
    }
  }

  #readRelay(device: string): Message {
    const { track, since, now, onEnded } = this.#config;
    this.#relay = new Reader({ track, since, hub: true, alone: () => this.#lines.length === 0, now, onEnded, send: (message) => this.#config.send({ ...message, device }) });
    return { ...this.#relay.read(), device };
  }

  #mayDirect(): boolean {
    return this.#config.choice !== "relay" && this.#allowed !== "relay" && this.#config.webrtc === undefined;
  }

  #steerLinks(now: number, best: Line | undefined): void {
    if (best?.reader.caught) {
      this.#refused = "";
      this.#failed = false;
      this.#pause = 0;
    }
    for (const line of [...this.#lines]) {
      const useless = !this.#mayDirect() || (best?.reader.caught && line !== best);
      const overdue = !line.opened && now - line.begun > OPEN_WITHIN;
      this.#failed ||= overdue;
      if (useless || overdue) line.wire.close();
    }
    const opening = this.#lines.some(({ opened, resting }) => !opened || resting);
    if (best !== undefined || opening || !this.#up || !this.#present || !this.#mayDirect() || now < this.#nextTry) return;
    if (!this.#painted && this.#relay !== undefined) {
      this.#painted = true;
      this.#nextTry = now + PAINT_FIRST; // a link costs a page 20 ms
      return;
    }
    this.#pause = Math.min(Math.max(FIRST_PAUSE, this.#pause * 2), LONGEST_PAUSE);
    this.#nextTry = now + this.#pause / 2 + (Math.random() * this.#pause) / 2;
    this.#offer(now);
  }

  #offer(now: number): void {
    const { track, since, onEnded } = this.#config;
    const wire = this.#config.offer({
      onOpen: () => {
        line.opened = true;
        this.#read(line);
      },
      onMessage: (data, label) => this.#listen(line, data, label),
      onClose: (reason, refused) => this.#drop(line, reason, refused),
    });
    const reader = new Reader({ track, since, hub: false, alone: () => this.#relay === undefined, now: this.#config.now, onEnded, send: (message, loose) => wire.send(JSON.stringify(message), loose ? "now" : "frames") });
    const line = new Line(wire, reader, now);
    this.#lines.push(line);
  }

  #read(line: Line): void {
    line.read();
    this.steer();
  }

  #listen(line: Line, data: string | Uint8Array, label: Label): void {
    const { reader } = line;
    const before = reader.caught;
    const silent = reader.heard < this.#config.now() - SILENT;
    if (typeof data !== "string") reader.take(data, label === "now");
    else {
      const message = parseMessage(data);
      if (message !== undefined) reader.hear(message);
    }
    if (silent || reader.caught !== before) this.steer();
  }

  #drop(line: Line, reason: string, refused: boolean): void {
    if (!this.#lines.includes(line)) return;
    this.#lines = this.#lines.filter((other) => other !== line);
    if (refused) {
      this.#refused = reason;
      this.#pause = LONGEST_PAUSE;
      this.#nextTry = this.#config.now() + LONGEST_PAUSE / 2 + (Math.random() * LONGEST_PAUSE) / 2;
    } else if (reason !== CLOSED) this.#failed ||= !line.opened;
    this.steer();
  }
}
