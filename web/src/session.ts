// A peer's side of its socket to the hub: hello, messages, and coming back by
// itself; the twin of session/.

import { after, every } from "./clock";
import { type Identity, isFatal, type Message, parseMessage, type State } from "./message";

const PING = 5_000; // ms; a hub that has not answered within as long again is dead
const WELCOME_WITHIN = 10_000; // ms from dialling
const LIVES_FOR = 5_000; // ms; a socket that lived longer is followed by another at once
const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;
const PROTOCOL = "plotbeam.v1";

export interface SessionStatus {
  state: "connecting" | "open" | "waiting" | "ended";
  text: string;
  hint: string;
}

export interface SessionConfig {
  url: string; // of /socket
  role: "device" | "viewer";
  identity: Identity;
  state?: () => State; // a device's, for each hello
  onIdentity(id: string, secret: string): void;
  onMessage(message: Message): void; // from the welcome on
  onStatus(status: SessionStatus): void;
}

export class Session {
  readonly #config: SessionConfig;
  #socket: WebSocket | undefined;
  #welcomed = false;
  #wait = 0;
  #answered = true; // the last ping
  #begun = 0; // ms, of performance.now(): when the socket was dialled
  #stopRetry = (): void => {};
  #stopDial = (): void => {};
  readonly #stops: (() => void)[] = [];
  ice: RTCIceServer[] = [];
  status: SessionStatus = { state: "connecting", text: "", hint: "" };

  constructor(config: SessionConfig) {
    this.#config = config;
    this.#stops.push(every(PING, () => this.#ping()));
    const online = (): void => this.#retryNow();
    const hide = (): void => this.#goodbye();
    const show = (): void => this.#retryNow(); // back from the browser's cache
    addEventListener("online", online);
    addEventListener("pagehide", hide);
    addEventListener("pageshow", show);
    this.#stops.push(() => {
      removeEventListener("online", online);
      removeEventListener("pagehide", hide);
      removeEventListener("pageshow", show);
    });
    this.#connect();
  }

  /** Puts a message on its way; false while there is no socket. */
  send(message: Message): boolean {
    if (!this.#welcomed || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#goodbye();
    this.#end("Closed.", "");
  }

  #goodbye(): void {
    this.send({ type: "bye", reason: "closed" });
    this.#socket?.close(1000);
  }

  #connect(): void {
    if (this.status.state === "ended") return;
    this.#stopRetry();
    this.#say("connecting", "Connecting to the hub.", "");
    const socket = new WebSocket(this.#config.url, PROTOCOL);
    this.#socket = socket;
    this.#welcomed = false;
    this.#answered = true;
    this.#begun = performance.now();
    this.#stopDial = after(WELCOME_WITHIN, () => {
      if (socket !== this.#socket) return;
      this.#lost();
      socket.close();
    });
    const { role, identity } = this.#config;
    socket.onopen = () => {
      const hello: Message = { type: "hello", role, ...identity, ...(this.#config.state && { state: this.#config.state() }) };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      const message = typeof event.data === "string" ? parseMessage(event.data) : undefined;
      if (socket === this.#socket && message !== undefined) this.#take(message);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
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
      case "pong":
        this.#answered = true;
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

  #ping(): void {
    if (!this.#welcomed) return;
    if (!this.#answered) {
      const dead = this.#socket;
      this.#lost();
      dead?.close();
      return;
    }
    this.#answered = false;
    this.send({ type: "ping", time: Date.now() * 1e3 });
  }

  #lost(): void {
    this.#stopDial();
    if (this.#welcomed && performance.now() - this.#begun > LIVES_FOR) this.#wait = 0;
    this.#socket = undefined;
    this.#welcomed = false;
    if (this.status.state === "ended") return;
    const pause = this.#wait / 2 + (Math.random() * this.#wait) / 2;
    this.#wait = Math.min(Math.max(FIRST_WAIT, this.#wait * 1.6), LONGEST_WAIT);
    this.#say("waiting", "The hub cannot be reached. Trying again by itself.", "Is the hub running, and are you online?");
    this.#stopRetry = after(pause, () => this.#connect());
  }

  #retryNow(): void {
    if (this.status.state === "waiting") this.#connect();
  }

  #end(text: string, hint: string): void {
    this.#say("ended", text, hint);
    this.#stopRetry();
    this.#stopDial();
    for (const stop of this.#stops.splice(0)) stop();
    this.#socket?.close();
  }

  #say(state: SessionStatus["state"], text: string, hint: string): void {
    this.status = { state, text, hint };
    this.#config.onStatus(this.status);
  }
}
