// One link to the device, and whether it is worth reading; the twin of
// viewer/follow.go.

import type { Label } from "./channels";
import type { LinkConfig } from "./link";
import type { Signal } from "./message";
import type { Reader } from "./reader";

export const SILENT = 1_000; // ms without anything new, or word that there is nothing: a beat is due every 500
const STEADY = 30_000; // ms; a link that was heard for so long is as good as new
const REST = 60_000; // ms that one is not read, twice as long each time …
const MOST_DOUBLED = 4; // … so many times

/** What a link is to the paths; tests have others. */
export interface Wire {
  readonly session: string;
  readonly path: "direct" | "turn";
  send(data: string, label?: Label): void;
  signal(signal: Signal): void;
  close(): void;
}

/** What is told of it. */
export type Hear = Pick<LinkConfig, "onOpen" | "onMessage" | "onClose">;

export class Line {
  readonly wire: Wire;
  readonly reader: Reader;
  readonly begun: number; // ms
  opened = false;
  #live: number | undefined; // ms, since when it is heard without a silence
  #silences = 0; // but for those long ago
  #rests: number | undefined; // ms, until when it is not read

  constructor(wire: Wire, reader: Reader, now: number) {
    this.wire = wire;
    this.reader = reader;
    this.begun = now;
  }

  get resting(): boolean {
    return this.#rests !== undefined;
  }

  /** Asks for all that is not here. */
  read(): void {
    this.wire.send(JSON.stringify(this.reader.read()));
  }

  /**
   * Notes that the link has fallen silent, or speaks again. One that is only too
   * slow, or falls silent again and again, is not read for a while, so that it
   * takes nothing from the relay: a slow line is shared. Without a relay it is read on.
   */
  judge(now: number, relay: boolean): { fell: boolean; steady: boolean } {
    const { reader } = this;
    if (this.#rests !== undefined && (now >= this.#rests || !relay)) {
      this.#rests = undefined;
      this.#live = now;
      this.read();
    }
    const silent = reader.heard < now - SILENT;
    if (this.opened && !silent) this.#live ??= now;
    if (!silent || this.#live === undefined || this.resting) return { fell: false, steady: false };
    const steady = now - this.#live > STEADY;
    this.#live = undefined;
    this.#silences = steady ? 1 : this.#silences + 1;
    reader.caught = false;
    if (relay && (this.#silences > 1 || reader.spoke >= now - SILENT)) {
      this.#rests = now + REST * 2 ** Math.min(this.#silences - 1, MOST_DOUBLED);
      this.wire.send(JSON.stringify({ type: "unread" }));
    }
    return { fell: true, steady };
  }
}
