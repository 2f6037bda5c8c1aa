// What the tests of paths share: a clock that they move, a log with readings,
// and a worker that never ticks.

import assert from "node:assert/strict";
import { Batch } from "../src/batch";
import type { Position } from "../src/frame";
import { Log } from "../src/log";

/** The time in ms, for all who are told to go by it. */
export const clock = { now: 0 };

/** The worker that timers run on. */
class StillWorker {
  onmessage = (): void => {};
  terminate(): void {}
}
Object.assign(globalThis, { Worker: StillWorker });

/** Frames of a log, one reading each, with the values from 0. */
export class Source {
  readonly log = new Log({}, () => clock.now);
  #next = 0;

  constructor() {
    this.log.declare({ series: [{ name: "a" }] });
  }

  /** Appends so many frames and gives their bytes. */
  make(count: number): Uint8Array<ArrayBuffer>[] {
    return Array.from({ length: count }, () => {
      const batch = new Batch();
      batch.add(0, 1e15 + this.#next * 1e4, this.#next++);
      this.log.append(batch);
      return this.frame(this.log.head.seq);
    });
  }

  frame(seq: number): Uint8Array<ArrayBuffer> {
    const bytes = this.log.at(seq)?.frame.bytes;
    assert.ok(bytes !== undefined);
    return bytes as Uint8Array<ArrayBuffer>;
  }

  at(seq: number): Position {
    return { epoch: this.log.epoch, seq };
  }
}
