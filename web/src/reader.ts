// The reading end of one path: it asks, takes frames and words, acknowledges,
// and measures the other end's clock; the twin of viewer/take.go.
//
//	read, ack ──>  S
//	          <──  from, frames, gap, beat, ended

import { Clock } from "./clock";
import type { Position } from "./frame";
import type { Ack, Beat, Message, Read } from "./message";
import { Refetch } from "./refetch";
import { BOUND } from "./start";
import type { Track } from "./track";

const ACK_EVERY = 500; // ms while frames come from a device
const ACK_RELAY = 2_000; // ms likewise from a hub, whose socket says most of it
const STEADY = 100; // ms between what is new, at most …
const HESITATE = 350; // … where so long without is a hesitation
const SLOWEST = 1_000; // ms that are counted
const ACK_BYTES = 32 << 10; // or as soon as so many were taken

export interface ReaderConfig {
  track: Track;
  since: number; // ms of history to begin with; negative is all
  hub: boolean; // whether it is a hub that is read
  alone: () => boolean; // whether nothing else is read
  now: () => number; // ms, steady
  send(message: Ack | Read, loose?: boolean): void; // loose may be lost
  onEnded(): void;
}

export class Reader {
  readonly #config: ReaderConfig;
  readonly #refetch = new Refetch();
  readonly clock: Clock;
  #taken = 0; // bytes since the read
  #told = 0; // of them, in the last ack
  #acked = 0; // ms, when that was
  #offset: number | undefined; // µs, from the hub
  #pace = SLOWEST; // ms between what is new, smoothed
  #head: Position | undefined; // of the log, as a beat has told
  spoke = 0; // ms, when anything came, or was asked for
  heard = 0; // ms, likewise what is as new as anything that has come
  begun = false; // whether the other end has answered
  caught = false; // whether it is level with what has come
  lagMs: number | undefined;

  constructor(config: ReaderConfig) {
    this.#config = config;
    this.clock = new Clock(() => performance.timeOrigin * 1e3 + config.now() * 1e3);
  }

  /** What asks for everything that is not here yet. It is on its way when this returns. */
  read(): Read {
    const { track, since, now } = this.#config;
    const { position: after, missing: spans, schema } = track;
    [this.#taken, this.#told, this.begun, this.caught] = [0, 0, false, false];
    this.spoke = this.heard = this.#acked = now();
    const start = after === undefined ? since !== 0 && { since } : { after, ...(schema > 0 && { schema }), ...(spans.length > 0 && { spans }) };
    return { type: "read", bound: BOUND, ...start };
  }

  /** Takes a frame; a loose one came where frames may be lost. */
  take(bytes: Uint8Array, loose: boolean): void {
    this.spoke = this.#config.now();
    if (!loose) this.#taken += bytes.length;
    const { level, news } = this.#config.track.take(bytes);
    if (level && (news || !this.#config.alone())) this.#level(); // else it is what came before
    if (this.#taken - this.#told >= ACK_BYTES) this.#ack();
    if (loose) this.chase();
  }

  /** So many ms do not count as silence. */
  excuse(ms: number): void {
    const now = this.#config.now();
    this.spoke = Math.min(now, this.spoke + ms);
    this.heard = Math.min(now, this.heard + ms);
  }

  /** Whether it brought news all the time, and brings none. */
  hesitates(now: number): boolean {
    return this.#pace < STEADY && now - this.heard >= HESITATE;
  }

  /** Only what brings the viewer forward, or tells that there is nothing newer, shows that a path works. */
  #level(): void {
    this.#pace += (Math.min(this.spoke - this.heard, SLOWEST) - this.#pace) / 8;
    this.heard = this.spoke;
    this.caught ||= this.begun;
  }

  /** Takes a word of who sends. */
  hear(message: Message): void {
    this.spoke = this.#config.now();
    const { track } = this.#config;
    switch (message.type) {
      case "from":
        if (message.position === undefined) return;
        this.begun = true;
        this.clock.hear(message);
        track.from(message.position);
        this.#ack();
        return;
      case "gap":
        if (message.position !== undefined) track.gap(message.position.epoch, message.spans ?? []);
        return;
      case "beat":
        this.#beat(message);
        return;
      case "ended":
        this.#config.onEnded();
        this.#ack();
        return;
    }
  }

  #beat(beat: Beat): void {
    const { track } = this.#config;
    this.clock.hear(beat);
    if (beat.offset !== undefined) this.#offset = beat.offset;
    const { position: head, lag = 0 } = beat;
    const whole = head !== undefined && track.reached(head);
    if (whole) this.#level();
    const way = beat.time === undefined ? undefined : this.clock.way(beat.time);
    const almost = head !== undefined && track.reached({ ...head, seq: head.seq - 1 }); // the newest frame may be right behind the beat
    const here = almost && track.skipped === 0 && !this.#config.hub; // a hub counts the way from the device to it
    if (way !== undefined) this.lagMs = (way + (here ? 0 : lag)) / 1e3;
    if (head !== undefined) this.#head = head;
    this.chase();
    this.#ack();
  }

  /** Says an ack where one is due. */
  tick(): void {
    if (this.#taken > this.#told && this.#config.now() - this.#acked >= (this.#config.hub ? ACK_RELAY : ACK_EVERY)) this.#ack();
  }

  /** Asks again for frames that seem lost, where that is due. */
  chase(): void {
    const { track, hub, now, send } = this.#config;
    const at = track.position;
    if (hub || !this.begun || at === undefined) return;
    const behind = this.#head?.epoch === at.epoch && this.#head.seq > at.seq ? [{ first: at.seq + 1, last: this.#head.seq }] : [];
    if (track.missing.length === 0 && behind.length === 0 && this.#refetch.next === undefined) return;
    const spans = this.#refetch.due(now(), [...track.missing, ...behind], at.seq, (this.clock.measured?.trip ?? 0) / 1e3);
    if (spans.length > 0) send({ type: "read", spans }, true);
  }

  /** When the next of them is due, in ms. */
  get due(): number | undefined {
    return this.#refetch.next;
  }

  /** How far the device's clock is ahead of this one, give or take `error`, in µs. */
  get ahead(): { ahead: number; error: number } | undefined {
    const measured = this.clock.measured;
    const offset = this.#config.hub ? this.#offset : 0;
    return measured && offset !== undefined ? { ahead: measured.ahead + offset, error: measured.trip / 2 } : undefined;
  }

  #ack(): void {
    const { track } = this.#config;
    [this.#told, this.#acked] = [this.#taken, this.#config.now()];
    const { position, skipped } = track;
    this.#config.send({ type: "ack", ...this.clock.stamp(), ...(position && { position }), ...(skipped > 0 && { missing: skipped }), taken: this.#taken });
  }
}
