// The socket and the links that a page has, as its worker uses them.

import { Channels, type Label } from "./channels";
import type { Socket } from "./dial";
import type { Errand, News } from "./errands";
import type { Hear, Wire } from "./line";
import { CLOSED } from "./link";
import type { Signal } from "./message";

type Say = (news: News) => void;

export class FarSocket implements Socket {
  readonly #say: Say;
  readonly #socket: number;
  readyState: number = WebSocket.CONNECTING;
  readonly bufferedAmount = 0; // nobody asks a viewer
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;

  constructor(socket: number, say: Say) {
    [this.#socket, this.#say] = [socket, say];
    say({ type: "dial", socket });
  }

  /** Takes what the page says of it. */
  take(errand: Errand & { type: "dialled" | "heard" | "lost" }): void {
    if (errand.type === "heard") {
      this.onmessage?.({ data: errand.data } as MessageEvent<string | ArrayBuffer>);
    } else if (errand.type === "dialled") {
      this.readyState = WebSocket.OPEN;
      this.onopen?.(new Event("open"));
    } else {
      this.readyState = WebSocket.CLOSED;
      this.onclose?.(new CloseEvent("close"));
    }
  }

  send(data: string): void {
    this.#say({ type: "send", socket: this.#socket, data });
  }

  close(): void {
    this.readyState = WebSocket.CLOSING;
    this.#say({ type: "hang", socket: this.#socket });
  }
}

export class FarLink implements Wire {
  readonly session: string;
  path: "direct" | "turn" = "direct";
  readonly #hear: Hear;
  readonly #say: Say;
  readonly #send: (signal: Signal) => void;
  #channels: Channels | undefined; // that were handed over
  #over = false;

  constructor(session: string, servers: RTCIceServer[], hear: Hear, send: (signal: Signal) => void, say: Say) {
    [this.session, this.#hear, this.#send, this.#say] = [session, hear, send, say];
    say({ type: "offer", link: session, servers });
  }

  /** Takes what the page says of it. */
  take(errand: Errand & { link: string }): void {
    switch (errand.type) {
      case "signal": if (!this.#over) this.#send(errand.signal); return;
      case "channels": this.#adopt(errand.channels); return;
      case "open": this.#hear.onOpen(); return;
      case "came": this.#hear.onMessage(errand.data, errand.label); return;
      case "path": this.path = errand.path; return;
      case "closed": this.#closed(errand.reason, errand.refused); return;
    }
  }

  /** Takes the channels over, which are about to open. */
  #adopt(channels: { [label in Label]: RTCDataChannel }): void {
    const { session: link } = this;
    const hear = this.#hear;
    const own = (this.#channels = new Channels({
      plain: false,
      onOpen: () => {
        this.#say({ type: "opened", link });
        hear.onOpen();
      },
      onMessage: hear.onMessage,
      onClose: (reason) => this.#end(reason),
    }));
    own.adopt(channels.frames, "frames");
    own.adopt(channels.now, "now");
  }

  send(data: string, label: Label = "frames"): void {
    if (this.#channels === undefined) this.#say({ type: "say", link: this.session, data, label });
    else this.#channels.send(data, label);
  }

  signal(signal: Signal): void {
    if (signal.text !== undefined) this.#end(signal.text.slice(0, 300), true); // at once, before its channels say that they are closed
    else this.#say({ type: "signalled", link: this.session, signal });
  }

  close(): void {
    this.#end(CLOSED);
  }

  #end(reason: string, refused = false): void {
    this.#say({ type: "drop", link: this.session });
    this.#closed(reason, refused);
  }

  #closed(reason: string, refused: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#hear.onClose(reason, refused);
  }
}
