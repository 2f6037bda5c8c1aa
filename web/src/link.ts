// One WebRTC peer connection that carries messages between a device and a
// viewer, in its channels; the twin of link/.

import { Channels, type ChannelsConfig, type Label, makeFrames, makeNow } from "./channels";
import type { Signal } from "./message";

const MAX_CANDIDATES = 32;
export const CLOSED = "closed"; // why a link is over that this end has closed
const LOOK_EVERY = 2_000; // ms; ICE may move to another pair

/** In plain words why this browser cannot have a direct path, if it cannot. */
export function webrtcMissing(): string | undefined {
  if (typeof RTCPeerConnection === "function" && "createDataChannel" in RTCPeerConnection.prototype) return undefined;
  return "this browser has no WebRTC, or it is switched off";
}

export interface LinkConfig extends Pick<ChannelsConfig, "onOpen" | "onMessage" | "onReady"> {
  session: string;
  servers: RTCIceServer[];
  send(signal: Signal): void; // to the other end, through the hub
  /** Gives the channels of a link that is offered to somebody else, who calls opened; says whether it could. */
  hand?(channels: { [label in Label]: RTCDataChannel }): boolean;
  onPath?(path: Link["path"]): void; // it has changed
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
  readonly #channels: Channels;
  readonly #frames: RTCDataChannel | undefined; // as it was made
  #early: RTCIceCandidateInit[] | undefined = []; // until the remote description is set
  #taken = 0;
  #over = false;
  #looking: ReturnType<typeof setInterval> | undefined;

  private constructor(config: LinkConfig, plain = false) {
    this.session = config.session;
    this.#config = config;
    this.#pc = new RTCPeerConnection({ iceServers: config.servers });
    if (!plain) this.#frames = makeFrames(this.#pc);
    this.#channels = new Channels({
      plain,
      onOpen: () => {
        if (this.#over) return;
        this.opened();
        config.onOpen();
      },
      onMessage: config.onMessage,
      ...(config.onReady && { onReady: config.onReady }),
      onClose: (reason) => this.#end(reason, false),
    });
    this.#pc.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") config.send({ type: "signal", session: this.session, candidate: candidate.toJSON() });
    };
    this.#pc.onconnectionstatechange = () => {
      if (this.#pc.connectionState === "failed") this.#end("no direct path works", false);
    };
  }

  /** Takes the channel that the other end opens. Any other is closed. */
  #awaitNow(): void {
    this.#pc.ondatachannel = ({ channel }) => {
      if (channel.label !== "now" || this.#channels.has("now")) channel.close();
      else this.#channels.adopt(channel, "now");
    };
  }

  /** Takes the one channel of somebody who speaks another protocol. */
  #awaitPlain(): void {
    this.#pc.ondatachannel = ({ channel }) => {
      if (!this.#channels.has("frames")) this.#channels.adopt(channel, "frames");
    };
  }

  /** Takes note that the channels are open. */
  opened(): void {
    void this.#look();
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY);
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
    const path = ends.includes("relay") ? "turn" : "direct";
    if (path !== this.path) this.#config.onPath?.(path);
    this.path = path;
  }

  /** Begins a link. */
  static offer(config: LinkConfig): Link {
    const link = new Link(config);
    const channels = { frames: link.#frames!, now: makeNow(link.#pc) };
    if (config.hand?.(channels) !== true) {
      link.#channels.adopt(channels.frames, "frames");
      link.#channels.adopt(channels.now, "now");
    }
    void link.#describe();
    return link;
  }

  /** Takes part in a link that the other end has offered. */
  static answer(config: LinkConfig, offer: RTCSessionDescriptionInit): Link {
    const link = new Link(config);
    link.#channels.adopt(link.#frames!, "frames");
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
    return this.#channels.ready();
  }

  /** Bytes that have not left. */
  get buffered(): number {
    return this.#channels.buffered;
  }

  /** Sends a message; on "now" it may be lost. */
  send(data: string | Uint8Array<ArrayBuffer>, label: Label = "frames"): void {
    this.#channels.send(data, label);
  }

  close(): void {
    this.#end(CLOSED, false);
  }

  #end(reason: string, refused: boolean): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#looking);
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
