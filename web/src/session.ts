// A peer's side of its socket to the hub: hello and what goes with it in one
// breath, messages, frames, and coming back by itself; the twin of session/.

import type { Dialled, Socket } from "./dial";
import { framesOf } from "./frame";
import { type Identity, isFatal, type Message, parseMessage, type State } from "./message";
import { after, every } from "./timer";

const PING = 5_000; // ms; a hub that has not answered within as long again is dead
const CHECK_WITHIN = 1_000; // ms for an answer where there is doubt
const WELCOME_WITHIN = 10_000; // ms from dialling
const LIVES_FOR = 5_000; // ms; a socket that lived longer is followed by another at once
const FIRST_WAIT = 250; // ms
const LONGEST_WAIT = 10_000;
const AT_ONCE = 32; // messages of those that came before the page could take them: about what the usual window needs
const PART_EVERY = 20; // ms
const CATCH_UP = 1_000; // ms from dialling, in which more of that may come

export const GOODBYE: Message = { type: "bye", reason: "closed" };

export interface SessionStatus {
  state: "connecting" | "open" | "waiting" | "ended";
  text: string;
  hint: string;
}

export interface SessionConfig {
  dial(): Dialled; // the hub's /socket
  role: "device" | "viewer";
  identity: Identity;
  state?: () => State; // a device's, for each hello
  words?: () => Message[]; // said right behind each hello
  onIdentity(id: string, secret: string): void;
  onMessage(message: Message): void; // from the welcome on
  onFrame?: (bytes: Uint8Array<ArrayBuffer>) => void;
  onStatus(status: SessionStatus): void;
}

/** How long to wait before the next try, in ms, after so long without a hub; `chance` is from 0 to 1. */
export function retryWait(away: number, chance: number): number {
  const longest = Math.min(Math.max(FIRST_WAIT, away / 4), LONGEST_WAIT);
  return longest / 2 + (chance * longest) / 2;
}

export class Session {
  readonly #config: SessionConfig;
  #socket: Socket | undefined;
  #welcomed = false;
  #begun = 0; // ms, of performance.now(): when the socket was dialled
  #away: number | undefined; // ms, likewise: since when there is no socket that lasts
  #heard = 0; // ms, likewise
  #checked = -Infinity; // ms, likewise: when the hub was last asked whether it is there
  #stopRetry = (): void => {};
  #stopDial = (): void => {};
  #stopCheck = (): void => {};
  readonly #stops: (() => void)[] = [];
  ice: RTCIceServer[] = [];
  status: SessionStatus = { state: "connecting", text: "", hint: "" };

  constructor(config: SessionConfig) {
    this.#config = config;
    this.#stops.push(every(PING, () => this.#ask(PING)));
    this.#connect();
  }

  /** Puts a message on its way; false while there is no socket. */
  send(message: Message): boolean {
    if (!this.open) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  sendFrame(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.open) this.#socket?.send(bytes);
  }

  get open(): boolean {
    return this.#welcomed && this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Bytes that have not left. */
  get buffered(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Makes sure within a second that the hub is there; if not, another socket is dialled at once. */
  check(): void {
    if (performance.now() - this.#checked >= CHECK_WITHIN) this.#ask(CHECK_WITHIN);
  }

  /** Dials at once where it waits before the next try, and makes sure of a socket that is open: the network has changed, or the page is back. */
  wake(): void {
    if (this.status.state === "waiting") this.#connect();
    this.check();
  }

  close(): void {
    this.leave();
    this.#end("Closed.", "");
  }

  /** Says that the page goes. It may come back. */
  leave(): void {
    this.send(GOODBYE);
    this.#socket?.close(1000);
  }

  #connect(): void {
    if (this.status.state === "ended") return;
    this.#stopRetry();
    this.#say("connecting", "Connecting to the hub.", "");
    const { socket, said, heard } = this.#config.dial();
    this.#socket = socket;
    this.#welcomed = false;
    this.#checked = -Infinity;
    this.#begun = performance.now();
    this.#stopDial = after(WELCOME_WITHIN, () => this.#giveUp(socket));
    const take = (data: string | ArrayBuffer): void => {
      if (socket === this.#socket) this.#receive(data);
    };
    const greet = (): void => {
      const words = this.#greeting();
      if (said.length === 0) for (const text of words) socket.send(text);
      else if (said.join("\n") === words.join("\n")) this.#catchUp(socket, heard, take);
      else {
        this.#stopDial(); // early.ts has said what this page would not
        socket.close();
        this.#connect();
      }
    };
    if (socket.readyState === WebSocket.OPEN) queueMicrotask(greet); // when whoever asked for it has it
    else socket.onopen = greet;
    socket.onmessage = ({ data }) => take(data);
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  /** Takes what came early in parts, and what comes of it at first: who takes a minute's readings at once shows none of them meanwhile. */
  #catchUp(socket: Socket, heard: (string | ArrayBuffer)[], take: (data: string | ArrayBuffer) => void): void {
    let room = 0; // messages that are taken as they come
    const part = (): void => {
      const some = heard.splice(0, AT_ONCE);
      room = AT_ONCE - some.length;
      for (const data of some) take(data);
      if (heard.length > 0 || performance.now() - this.#begun < CATCH_UP) setTimeout(part, PART_EVERY);
      else room = Infinity;
    };
    socket.onmessage = ({ data }) => {
      if (heard.length === 0 && room-- > 0) take(data);
      else heard.push(data);
    };
    part();
  }

  #greeting(): string[] {
    const { role, identity, state, words } = this.#config;
    const hello: Message = { type: "hello", role, ...identity, ...(state && { state: state() }) };
    return [hello, ...(words?.() ?? [])].map((message) => JSON.stringify(message));
  }

  #receive(data: string | ArrayBuffer): void {
    this.#heard = performance.now();
    if (typeof data !== "string") {
      for (const frame of framesOf(new Uint8Array(data))) this.#config.onFrame?.(frame);
      return;
    }
    const message = parseMessage(data);
    if (message !== undefined) this.#take(message);
  }

  #take(message: Message): void {
    switch (message.type) {
      case "welcome":
        this.#welcomed = true;
        this.#stopDial();
        this.ice = message.ice ?? [];
        this.#config.identity = { id: message.id, secret: message.secret };
        this.#say("open", "Connected to the hub.", "");
        this.#config.onIdentity(message.id, message.secret);
        break;
      case "ice":
        this.ice = message.ice ?? [];
        return;
      case "pong":
        return;
      case "bye":
        if (message.reason === "kicked") this.#end("This id was taken over by another page.", "Reload this page to have it back here.");
        return;
      case "error":
        if (isFatal(message.code)) this.#end(message.text, message.hint ?? "");
        break;
    }
    this.#config.onMessage(message);
  }

  /** Pings the hub; anything that comes within so many ms is an answer. */
  #ask(within: number): void {
    const socket = this.#socket;
    if (!this.#welcomed || socket === undefined) return;
    const now = performance.now();
    this.#checked = now;
    this.send({ type: "ping", time: Math.round((performance.timeOrigin + now) * 1e3) });
    this.#stopCheck();
    this.#stopCheck = after(within, () => {
      if (this.#heard < now) this.#giveUp(socket);
    });
  }

  #giveUp(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#lost();
    socket.close();
  }

  #lost(): void {
    this.#stopDial();
    this.#stopCheck();
    const now = performance.now();
    if (this.#welcomed && now - this.#begun > LIVES_FOR) this.#away = undefined;
    const first = this.#away === undefined;
    this.#away ??= now;
    this.#socket = undefined;
    this.#welcomed = false;
    if (this.status.state === "ended") return;
    this.#say("waiting", "The hub cannot be reached. Trying again by itself.", "Is the hub running, and are you online?");
    this.#stopRetry = after(first ? 0 : retryWait(now - this.#away, Math.random()), () => this.#connect());
  }

  #end(text: string, hint: string): void {
    this.#say("ended", text, hint);
    this.#stopRetry();
    this.#stopDial();
    this.#stopCheck();
    for (const stop of this.#stops.splice(0)) stop();
    this.#socket?.close();
  }

  #say(state: SessionStatus["state"], text: string, hint: string): void {
    this.status = { state, text, hint };
    this.#config.onStatus(this.status);
  }
}
