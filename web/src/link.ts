// One WebRTC peer connection that carries messages between a device and a
// viewer; the twin of link/.

import type { Signal } from "./message";

const HIGH_WATER = 256 << 10; // bytes buffered, over which nothing more is sent …
const LOW_WATER = 64 << 10; // … until no more than this are
const MAX_CANDIDATES = 32;

/** In plain words why this browser cannot have a direct path, if it cannot. */
export function webrtcMissing(): string | undefined {
  if (typeof RTCPeerConnection === "function" && "createDataChannel" in RTCPeerConnection.prototype) return undefined;
  return "This browser has no WebRTC, or it is switched off, so it cannot reach the device.";
}

export interface LinkConfig {
  session: string;
  servers: RTCIceServer[];
  send(signal: Signal): void; // to the other end, through the hub
  onOpen(): void;
  onMessage(data: string | Uint8Array<ArrayBuffer>): void;
  onReady(): void; // send would not wait any more
  onClose(reason: string): void; // once
}

export class Link {
  readonly session: string;
  readonly #config: LinkConfig;
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #early: RTCIceCandidateInit[] | undefined = []; // until the remote description is set
  #taken = 0;
  #over = false;

  private constructor(config: LinkConfig) {
    this.session = config.session;
    this.#config = config;
    this.#pc = new RTCPeerConnection({ iceServers: config.servers });
    this.#channel = this.#pc.createDataChannel("frames", { negotiated: true, id: 0, protocol: "plotbeam.v1" });
    this.#channel.binaryType = "arraybuffer";
    this.#channel.bufferedAmountLowThreshold = LOW_WATER;
    this.#channel.onopen = () => config.onOpen();
    this.#channel.onclose = () => this.#end("the other end closed the channel");
    this.#channel.onbufferedamountlow = () => config.onReady();
    this.#channel.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      config.onMessage(typeof event.data === "string" ? event.data : new Uint8Array(event.data));
    };
    this.#pc.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") config.send({ type: "signal", session: this.session, candidate: candidate.toJSON() });
    };
    this.#pc.onconnectionstatechange = () => {
      if (this.#pc.connectionState === "failed") this.#end("no direct path works");
    };
  }

  /** Begins a link. */
  static offer(config: LinkConfig): Link {
    const link = new Link(config);
    void link.#describe();
    return link;
  }

  /** Takes part in a link that the other end has offered. */
  static answer(config: LinkConfig, offer: RTCSessionDescriptionInit): Link {
    const link = new Link(config);
    void link.#take(offer).then(() => link.#describe());
    return link;
  }

  /** Takes what the other end has sent under this link's session. */
  signal(signal: Signal): void {
    if (signal.text !== undefined) this.#end(`refused by the other end: ${signal.text.slice(0, 300)}`);
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
      this.#end(`no description: ${String(error)}`);
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
      this.#end(text);
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
    return this.#channel.readyState === "open" && this.#channel.bufferedAmount < HIGH_WATER;
  }

  get buffered(): number {
    return this.#channel.bufferedAmount;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#channel.readyState !== "open") return;
    try {
      if (typeof data === "string") this.#channel.send(data);
      else this.#channel.send(data);
    } catch (error) {
      this.#end(`the channel takes nothing: ${String(error)}`); // larger than what the other end allows, say
    }
  }

  close(): void {
    this.#end("closed");
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#pc.close();
    this.#config.onClose(reason);
  }
}
