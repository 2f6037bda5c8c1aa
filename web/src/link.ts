// One WebRTC peer connection that carries messages between a device and a
// viewer; the twin of link/. It has two channels: "frames", in order, and "now",
// where messages may overtake each other and get lost.

import type { Signal } from "./message";
import { every } from "./timer";

const HIGH_WATER = 256 << 10; // bytes buffered, over which nothing more is sent …
const LOW_WATER = 64 << 10; // … until no more than this are
const PROTOCOL = "plotbeam.v1";
const MAX_CANDIDATES = 32;
export const CLOSED = "closed"; // why a link is over that this end has closed
const LOOK_EVERY = 2_000; // ms; ICE may move to another pair

/** In plain words why this browser cannot have a direct path, if it cannot. */
export function webrtcMissing(): string | undefined {
  if (typeof RTCPeerConnection === "function" && "createDataChannel" in RTCPeerConnection.prototype) return undefined;
  return "this browser has no WebRTC, or it is switched off";
}

export interface LinkConfig {
  session: string;
  servers: RTCIceServer[];
  send(signal: Signal): void; // to the other end, through the hub
  onOpen(): void;
  onMessage(data: string | Uint8Array<ArrayBuffer>, channel: "frames" | "now"): void;
  onReady(): void; // send would not wait any more
  onClose(reason: string, refused: boolean): void; // once; refused by the other end
}

export class Link {
  readonly session: string;
  /** Whether a TURN server is between, once that is known. */
  path: "direct" | "turn" = "direct";
  /** How long a packet takes there and back, in ms, once that is known. */
  trip = 0;
  readonly #config: LinkConfig;
  readonly #pc: RTCPeerConnection;
  readonly #plain: boolean;
  #frames: RTCDataChannel | undefined; // of a plain link, what the other end opens
  #now: RTCDataChannel | undefined; // of who offers; who answers is given it
  #early: RTCIceCandidateInit[] | undefined = []; // until the remote description is set
  #taken = 0;
  #open = false;
  #over = false;
  #stopLooking = (): void => {};

  private constructor(config: LinkConfig, plain = false) {
    this.#plain = plain;
    this.session = config.session;
    this.#config = config;
    this.#pc = new RTCPeerConnection({ iceServers: config.servers });
    if (!plain) this.#frames = this.#adopt(this.#pc.createDataChannel("frames", { negotiated: true, id: 0, protocol: PROTOCOL }), "frames");
    this.#pc.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") config.send({ type: "signal", session: this.session, candidate: candidate.toJSON() });
    };
    this.#pc.onconnectionstatechange = () => {
      if (this.#pc.connectionState === "failed") this.#end("no direct path works", false);
    };
  }

  /** Connects a channel; the link is open once both are. */
  #adopt(channel: RTCDataChannel, label: "frames" | "now"): RTCDataChannel {
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onopen = () => this.#opened();
    channel.onclose = () => this.#end("the other end closed the channel", false);
    channel.onbufferedamountlow = () => this.#config.onReady();
    channel.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#config.onMessage(typeof event.data === "string" ? event.data : new Uint8Array(event.data), label);
    };
    return channel;
  }

  /** Takes the channel that the other end opens. Any other is closed. */
  #awaitNow(): void {
    this.#pc.ondatachannel = ({ channel }) => {
      if (channel.label !== "now" || this.#now !== undefined) {
        channel.close();
        return;
      }
      this.#now = this.#adopt(channel, "now");
      if (channel.readyState === "open") this.#opened();
    };
  }

  /** Takes the one channel of somebody who speaks another protocol. */
  #awaitPlain(): void {
    this.#pc.ondatachannel = ({ channel }) => {
      if (this.#frames !== undefined) return;
      this.#frames = this.#adopt(channel, "frames");
      if (channel.readyState === "open") this.#opened();
    };
  }

  #opened(): void {
    if (this.#over || this.#open || !this.#channelsOpen()) return;
    this.#open = true;
    void this.#look();
    this.#stopLooking = every(LOOK_EVERY, () => void this.#look());
    this.#config.onOpen();
  }

  #channelsOpen(): boolean {
    return this.#frames?.readyState === "open" && (this.#plain || this.#now?.readyState === "open");
  }

  /** Whether packets have gone both ways of late. */
  get reachable(): boolean {
    return this.#pc.iceConnectionState === "connected" || this.#pc.iceConnectionState === "completed";
  }

  /** Finds out which pair of candidates is used. */
  async #look(): Promise<void> {
    const reports = new Map<string, StatsReport>();
    (await this.#pc.getStats()).forEach((report: StatsReport) => reports.set(report.id, report));
    const all = [...reports.values()];
    const chosen = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId)?.selectedCandidatePairId;
    const pair = reports.get(chosen ?? "") ?? all.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    if (pair === undefined) return;
    this.trip = (pair.currentRoundTripTime ?? 0) * 1e3;
    const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) => reports.get(id ?? "")?.candidateType);
    this.path = ends.includes("relay") ? "turn" : "direct";
  }

  /** Begins a link. */
  static offer(config: LinkConfig): Link {
    const link = new Link(config);
    link.#now = link.#adopt(link.#pc.createDataChannel("now", { ordered: false, maxRetransmits: 0, protocol: PROTOCOL }), "now");
    void link.#describe();
    return link;
  }

  /** Takes part in a link that the other end has offered. */
  static answer(config: LinkConfig, offer: RTCSessionDescriptionInit): Link {
    const link = new Link(config);
    link.#awaitNow();
    void link.#take(offer).then(() => link.#describe());
    return link;
  }

  /** Takes part in a connection of somebody who speaks another protocol, on the one channel that the other end opens. */
  static answerPlain(config: LinkConfig, offer: RTCSessionDescriptionInit): Link {
    const link = new Link(config, true);
    link.#awaitPlain();
    void link.#take(offer).then(() => link.#describe());
    return link;
  }

  /** Takes what the other end has sent under this link's session. */
  signal(signal: Signal): void {
    if (signal.text !== undefined) this.#end(signal.text.slice(0, 300), true);
    else if (signal.description !== undefined) void this.#take(signal.description);
    else if (signal.candidate?.candidate && ++this.#taken <= MAX_CANDIDATES) {
      if (this.#early !== undefined) this.#early.push(signal.candidate);
      else void this.#add(signal.candidate);
    }
  }

  async #describe(): Promise<void> {
    if (this.#over) return;
    try {
      await this.#pc.setLocalDescription();
    } catch (error) {
      this.#end(`no description: ${String(error)}`, false);
      return;
    }
    const local = this.#pc.localDescription;
    if (local === null || (local.type !== "offer" && local.type !== "answer")) return;
    this.#config.send({ type: "signal", session: this.session, description: { type: local.type, sdp: local.sdp } });
  }

  async #take(description: RTCSessionDescriptionInit): Promise<void> {
    try {
      await this.#pc.setRemoteDescription(description);
    } catch (error) {
      const text = `that is no description: ${String(error)}`;
      this.#config.send({ type: "signal", session: this.session, text: text.slice(0, 100) });
      this.#end(text, false);
      return;
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const candidate of early) await this.#add(candidate);
  }

  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#pc.addIceCandidate(candidate);
    } catch {
      // One that this browser cannot use; there are others.
    }
  }

  /** Whether send would not have to wait. */
  ready(): boolean {
    return this.#channelsOpen() && this.buffered < HIGH_WATER;
  }

  /** Bytes that have not left. */
  get buffered(): number {
    return (this.#frames?.bufferedAmount ?? 0) + (this.#now?.bufferedAmount ?? 0);
  }

  /** Sends a message; on "now" it may be lost. */
  send(data: string | Uint8Array<ArrayBuffer>, label: "frames" | "now" = "frames"): void {
    const channel = label === "now" ? this.#now : this.#frames;
    if (channel?.readyState !== "open") return;
    try {
      if (typeof data === "string") channel.send(data);
      else channel.send(data);
    } catch (error) {
      this.#end(`the channel takes nothing: ${String(error)}`, false); // larger than what the other end allows, say
    }
  }

  close(): void {
    this.#end(CLOSED, false);
  }

  #end(reason: string, refused: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopLooking();
    this.#pc.close();
    this.#config.onClose(reason, refused);
  }
}

/** What is read of a report of getStats. */
interface StatsReport extends RTCStats {
  selectedCandidatePairId?: string;
  nominated?: boolean;
  currentRoundTripTime?: number; // s
  state?: string;
  localCandidateId?: string;
  remoteCandidateId?: string;
  candidateType?: string;
}
