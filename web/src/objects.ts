// What a PeerJS client reads of this page: each reading as a message of its own,
// as fast as its link takes them; the twin of device/objects.go.

import type { Cursor } from "./cursor";
import { Flow } from "./flow";
import { decodeColumns, decodeSchema, type Frame, KIND_SCHEMA, type Position, type Schema } from "./frame";
import type { Link } from "./link";
import type { Log } from "./log";
import type { Objects } from "./message";
import { pack } from "./pack";
import { every } from "./timer";

const BOUND = 2_000; // ms that a reader which has caught up may be behind before frames are skipped
const LOOK_AGAIN = 10; // ms, while there is no room
const LOOK = 100; // ms, at what of the link has gone

export class ObjectSender {
  readonly #log: Log;
  readonly #link: Link;
  readonly #wish: Objects;
  readonly #device: string;
  readonly #stops: (() => void)[] = [];
  #cursor: Cursor;
  #schema: Schema = { series: [] };
  #bound = 0; // ms; 0 until it has caught up
  #waiting: (string | Uint8Array<ArrayBuffer>)[] = []; // the rest of a frame, the next one last
  #sent = 0; // bytes
  readonly #flow = new Flow();
  #stopLooking: (() => void) | undefined;
  #mark: { at: Position; bytes: number } | undefined; // of a frame that was sent
  /** The newest frame that has gone. */
  acked: Position | undefined;

  constructor(log: Log, link: Link, wish: Objects, device: string, start: Position) {
    this.#log = log;
    this.#link = link;
    this.#wish = wish;
    this.#device = device;
    this.#cursor = log.cursor(wish.since ? { since: wish.since } : { after: start });
    this.#stops.push(
      log.onAppend(() => this.pump()),
      every(LOOK, () => this.#look()),
    );
    this.pump();
  }

  /** How far behind the reader is, in ms. */
  get lagMs(): number | undefined {
    return this.acked === undefined ? undefined : this.#log.lag(this.acked);
  }

  /** Sends what there is, as long as the link has room. */
  pump(): void {
    while (this.#room()) {
      const message = this.#waiting.pop();
      if (message !== undefined) {
        this.#sent += message.length;
        this.#flow.sent(message.length, false);
        this.#link.send(message);
        continue;
      }
      const before = this.#cursor.position;
      const next = this.#cursor.live();
      if (next === undefined) {
        if (this.#bound > 0) return;
        this.#again(BOUND); // from now on now comes first
      } else if ("frame" in next) {
        this.#take(next.frame);
        if (next.frame.kind !== KIND_SCHEMA && next.frame.position.seq > before.seq + 1) this.#again(this.#bound); // what was skipped is not sent later
      }
    }
  }

  /** Whether what is sent now arrives soon, which matters once the reader has caught up; if not, it looks again soon. */
  #room(): boolean {
    const { buffered, trip } = this.#link;
    const room = this.#link.ready() && (this.#bound === 0 || this.#waiting.length > 0 || this.#flow.brisk(buffered, trip));
    if (room) this.#stop();
    else this.#stopLooking ??= every(LOOK_AGAIN, () => this.pump());
    return room;
  }

  #stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  #again(bound: number): void {
    this.#bound = bound;
    this.#cursor = this.#log.cursor({ after: this.#cursor.position, bound });
  }

  /** Makes messages of a frame's readings, by their times. */
  #take(frame: Frame): void {
    if (frame.kind === KIND_SCHEMA) {
      this.#schema = decodeSchema(frame);
      return;
    }
    const rows: { t: number; n: number; series: string }[] = [];
    for (const { series, times, values } of decodeColumns(frame)) {
      const name = this.#schema.series[series]?.name ?? "";
      if (this.#wish.series !== undefined && !this.#wish.series.includes(name)) continue;
      times.forEach((micros, i) => rows.push({ t: micros / 1e3, n: values[i]!, series: name }));
    }
    rows.sort((a, b) => b.t - a.t);
    this.#waiting = rows.map(({ n, t, series }) => pack(this.#wish.packing, { n, t, series, device: this.#device }));
  }

  /** Takes what has left the link for had. */
  #look(): void {
    this.pump();
    this.#mark ??= { at: this.#cursor.position, bytes: this.#sent };
    if (this.#sent - this.#link.buffered < this.#mark.bytes) return;
    this.acked = this.#mark.at;
    this.#mark = undefined;
  }

  close(): void {
    this.#stop();
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** Whether a message is the one with which PeerJS ends a connection once all before it is sent. */
export function closes(packing: Objects["packing"], data: string | Uint8Array): boolean {
  const last = pack(packing, { __peerData: { type: "close" } });
  return packing !== "raw" && typeof data !== "string" && typeof last !== "string" && data.length === last.length && data.every((byte, i) => byte === last[i]);
}
