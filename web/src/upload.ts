// The hub's reading of this device's log, for the viewers that it relays; the
// twin of device/upload.go.

import type { Log, Start } from "./log";
import type { Ack, Read } from "./message";
import { BEAT, Sender } from "./sender";
import type { Session } from "./session";
import { every } from "./timer";

const SILENT = 1_500; // ms in which a hub that is sent frames may say nothing

export class Upload {
  readonly #log: Log;
  readonly #session: Session;
  #sender: Sender | undefined; // while the hub reads
  #stopBeat = (): void => {};
  #heard = 0; // ms, of performance.now()

  constructor(log: Log, session: Session) {
    this.#log = log;
    this.#session = session;
  }

  /** The hub has said something. */
  hear(): void {
    this.#heard = performance.now();
  }

  /** The hub reads; `start` says where from if it does not. */
  read(read: Read, start: Start): void {
    if (this.#sender === undefined) {
      const session = this.#session;
      this.#sender = new Sender(this.#log, {
        get buffered() {
          return session.buffered;
        },
        lossy: false,
        say: (message) => session.send(message),
        sendFrame: (bytes) => session.sendFrame(bytes),
      });
      this.#stopBeat = every(BEAT, () => this.#beat());
    }
    this.#sender.read(read, start);
    this.#beat();
  }

  ack(ack: Ack): void {
    this.#sender?.ack(ack);
  }

  /** The hub reads no more, or is gone. */
  stop(): void {
    this.#stopBeat();
    this.#sender?.close();
    this.#sender = undefined;
  }

  #beat(): void {
    if (this.#sender === undefined) return;
    this.#session.send(this.#sender.beat());
    if (performance.now() - this.#heard > SILENT) this.#session.check();
  }
}
