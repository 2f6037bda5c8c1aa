// The sending end of one path: a cursor's frames to one reader, as fast as the
// path and the reader take them; the twin of device/serve.go.
//
//	read, ack ──>
//	          <──  from, frames, gap, beat, ended

import { Clock, type Times } from "./clock";
import type { Cursor } from "./cursor";
import { Flow } from "./flow";
import type { Position } from "./frame";
import type { Log, Start } from "./log";
import type { Ack, Message, Read } from "./message";
import type { Span } from "./span";
import { every } from "./timer";

export const BEAT = 500; // ms, between two beats
const HIGH_WATER = 256 << 10; // bytes that have not left, over which nothing more is sent
const LOOK_EVERY = 10; // ms, while the path has no room
const ONE_PACKET = 1_100; // bytes of a frame that one packet holds
const ENOUGH = 64 << 10; // bytes that have not left, over which nothing is sent again
const LOSSY_FOR = 10_000; // ms after a loss in which more are expected
const LONG_WAIT = 200; // ms for room; losses alone take less
const SPARED = 1_000; // ms
const TWIN_WITHIN = 100; // ms; a frame is sent with the next one, too, if that comes so soon

/** A way to a reader. */
export interface Outlet {
  readonly buffered: number; // bytes that have not left
  readonly lossy: boolean; // whether frames may be sent so that they get lost, and hold back nothing
  say(message: Message): void;
  sendFrame(bytes: Uint8Array<ArrayBuffer>, loose: boolean): void; // loose may be lost on a lossy way
}

/** How far behind a reader is, in ms, whose word came after a round trip, and whose oldest frame not had is so old. */
export function lagOf(age: number, trip: number): number {
  return Math.max(trip / 2, age - trip / 2);
}

export class Sender {
  readonly #log: Log;
  readonly #outlet: Outlet;
  readonly #now: () => number; // ms, steady
  readonly #stops: (() => void)[] = [];
  readonly clock = new Clock();
  #cursor: Cursor | undefined;
  #flow = new Flow();
  #bound = 0;
  #waits: number | undefined; // ms, since when the path has no room
  #full = -Infinity; // ms, when it last had none for long
  #missed = -Infinity; // ms, when the reader last missed frames
  #before: { bytes: Uint8Array<ArrayBuffer>; at: number } | undefined; // the small frame sent last
  #ended = false; // whether the reader was told that the log has ended
  #stopLooking: (() => void) | undefined;
  /** The newest frame that the reader has. */
  acked: Position | undefined;
  /** How far behind it was then. */
  lagMs: number | undefined;

  constructor(log: Log, outlet: Outlet, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#log = log;
    this.#outlet = outlet;
    this.#stops.push(log.onAppend(() => this.pump()));
  }

  get reading(): boolean {
    return this.#cursor !== undefined;
  }

  /** Begins to send, anew if it does already; `start` says where if the reader does not. */
  read(read: Read, start: Start): void {
    const { after, schema, since, spans = [], before, bound = 0 } = read;
    const asked = after !== undefined ? { after, ...(schema !== undefined && { schema }) } : since !== undefined ? { since } : start;
    if (this.#cursor !== undefined && (before !== undefined || (asked === start && spans.length > 0))) {
      if (before !== undefined) this.#besides(this.#cursor, this.#log.locate(asked), before);
      else if (this.#outlet.lossy) this.#again(this.#cursor, spans);
      else for (const span of spans) this.#cursor.want(span);
      this.pump();
      return;
    }
    this.#bound = Math.max(0, bound);
    this.#cursor = this.#log.cursor({ ...asked, spans, bound: this.#bound });
    this.#flow = new Flow();
    this.#ended = false;
    this.#outlet.say({ type: "from", ...this.clock.stamp(), position: this.#cursor.position });
    this.pump();
  }

  /** Answers where an earlier beginning is, and sends what lies between it and `before`. */
  #besides(cursor: Cursor, seq: number, before: number): void {
    this.#outlet.say({ type: "from", ...this.clock.stamp(), position: { epoch: this.#log.epoch, seq }, before });
    cursor.want({ first: seq + 1, last: before - 1 });
  }

  /** Sends small frames once more that the reader has missed; larger ones are on their way. */
  #again(cursor: Cursor, spans: readonly Span[]): void {
    const { frames, gone } = cursor.again(spans);
    if (gone.length > 0) this.#outlet.say({ type: "gap", position: cursor.position, spans: gone });
    for (const { bytes } of frames) {
      if (bytes.length > ONE_PACKET) continue;
      this.#missed = this.#now();
      if (this.#outlet.buffered > ENOUGH || this.#crowded(this.#missed)) return; // it is only late; if not, it asks again
      this.#outlet.sendFrame(bytes as Uint8Array<ArrayBuffer>, true);
    }
  }

  /** Takes the reader's word of how far it is. */
  ack(ack: Ack): void {
    this.clock.hear(ack);
    if (ack.taken !== undefined) this.#flow.take(ack.taken);
    const { position } = ack;
    if (position?.epoch === this.#log.epoch && position.seq >= (this.acked?.seq ?? 0)) {
      this.acked = position;
      const trip = this.clock.measured?.trip;
      if (trip !== undefined) this.lagMs = lagOf(this.#log.lag(position), trip / 1e3);
    }
    this.pump();
  }

  /** Sends what the cursor has, as long as there is room for it. */
  pump(): void {
    const cursor = this.#cursor;
    while (cursor !== undefined && this.#cursor === cursor && this.#room()) {
      const next = cursor.next();
      if (next === undefined) {
        this.#end();
        break;
      }
      if ("gap" in next) {
        this.#outlet.say({ type: "gap", position: cursor.position, spans: [next.gap] });
        continue;
      }
      this.#send(next.frame.bytes as Uint8Array<ArrayBuffer>);
    }
    this.#look();
  }

  /**
   * Sends a frame. A small one for a reader that wants now first goes where
   * nothing holds it back; whether it arrives the reader finds out. While frames
   * get lost each is sent with the next one, too: that costs less than a round trip.
   */
  #send(bytes: Uint8Array<ArrayBuffer>): void {
    const loose = this.#outlet.lossy && this.#bound > 0 && bytes.length <= ONE_PACKET;
    this.#flow.sent(bytes.length, !loose);
    this.#outlet.sendFrame(bytes, loose);
    if (!loose) return;
    const now = this.#now();
    const twin = this.#before;
    this.#before = { bytes, at: now };
    if (twin === undefined || now - twin.at >= TWIN_WITHIN || !this.#losing(now)) return;
    this.#flow.sent(twin.bytes.length, false);
    this.#outlet.sendFrame(twin.bytes, true);
  }

  #end(): void {
    if (!this.#log.ended || this.#ended || this.#cursor === undefined) return;
    this.#ended = true;
    this.#outlet.say({ type: "ended", position: this.#cursor.position });
  }

  #room(): boolean {
    const { buffered } = this.#outlet;
    if (this.#flow.full || buffered > HIGH_WATER) return false;
    return this.#bound === 0 || this.#flow.brisk(buffered, (this.clock.measured?.trip ?? 0) / 1e3);
  }

  /** Looks for room again soon, while there is none. */
  #look(): void {
    const now = this.#now();
    if (this.#cursor !== undefined && !this.#room()) {
      this.#waits ??= now;
      this.#stopLooking ??= every(LOOK_EVERY, () => this.pump());
      return;
    }
    if (this.#waits !== undefined && now - this.#waits >= LONG_WAIT) this.#full = now;
    this.#waits = undefined;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  /** Whether the path had no room for long lately, so that it is spared what may be needless. */
  #crowded(now: number): boolean {
    return now - this.#full < SPARED || (this.#waits !== undefined && now - this.#waits >= LONG_WAIT);
  }

  /**
   * Whether a beat goes where it may get lost: while frames do. One that may not
   * would hold them back if it is lost twice.
   */
  mayLose(): boolean {
    const now = this.#now();
    return this.#before !== undefined && now - this.#before.at < BEAT && this.#losing(now);
  }

  /** Whether frames get lost, and there is room to send what may be needless. */
  #losing(now: number): boolean {
    return now - this.#missed < LOSSY_FOR && !this.#crowded(now);
  }

  /** What a beat says. */
  beat(): Message & Times {
    const lag = this.acked === undefined ? 0 : this.#log.lag(this.acked);
    return { type: "beat", ...this.clock.stamp(), position: this.#log.head, ...(lag > 0 && { lag: Math.round(lag * 1e3) }) };
  }

  /** Sends no more, until it is asked to read again. */
  unread(): void {
    this.#cursor = undefined;
    this.#look();
  }

  close(): void {
    this.unread();
    for (const stop of this.#stops.splice(0)) stop();
  }
}
