// The two channels of a link: "frames", in order, and "now", where messages may
// overtake each other and get lost. Whoever speaks another protocol has only the
// first. They live on the page, or in the worker that the page hands them to.

const HIGH_WATER = 256 << 10; // bytes buffered, over which nothing more is sent …
const LOW_WATER = 64 << 10; // … until no more than this are
const PROTOCOL = "plotbeam.v1";

export type Label = "frames" | "now";

export interface ChannelsConfig {
  plain: boolean; // there is to be no "now"
  onOpen(): void; // once, when all are
  onMessage(data: string | Uint8Array<ArrayBuffer>, label: Label): void;
  onReady?(): void; // send would not wait any more
  onClose(reason: string): void; // of any
}

/** Makes the channel that both ends know of. */
export function makeFrames(pc: RTCPeerConnection): RTCDataChannel {
  return pc.createDataChannel("frames", { negotiated: true, id: 0, protocol: PROTOCOL });
}

/** Makes the one that the other end is told of. */
export function makeNow(pc: RTCPeerConnection): RTCDataChannel {
  return pc.createDataChannel("now", { ordered: false, maxRetransmits: 0, protocol: PROTOCOL });
}

export class Channels {
  readonly #config: ChannelsConfig;
  readonly #channels: { [label in Label]?: RTCDataChannel } = {};
  #open = false;

  constructor(config: ChannelsConfig) {
    this.#config = config;
  }

  has(label: Label): boolean {
    return this.#channels[label] !== undefined;
  }

  adopt(channel: RTCDataChannel, label: Label): void {
    this.#channels[label] = channel;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onopen = () => this.#opened();
    channel.onclose = () => this.#config.onClose("the other end closed the channel");
    channel.onbufferedamountlow = () => this.#config.onReady?.();
    channel.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#config.onMessage(typeof event.data === "string" ? event.data : new Uint8Array(event.data), label);
    };
    if (channel.readyState === "open") this.#opened();
  }

  #opened(): void {
    if (this.#open || !this.open) return;
    this.#open = true;
    this.#config.onOpen();
  }

  get open(): boolean {
    const { frames, now } = this.#channels;
    return frames?.readyState === "open" && (this.#config.plain || now?.readyState === "open");
  }

  /** Whether send would not have to wait. */
  ready(): boolean {
    return this.open && this.buffered < HIGH_WATER;
  }

  /** Bytes that have not left. */
  get buffered(): number {
    const { frames, now } = this.#channels;
    return (frames?.bufferedAmount ?? 0) + (now?.bufferedAmount ?? 0);
  }

  /** Sends a message; on "now" it may be lost. */
  send(data: string | Uint8Array<ArrayBuffer>, label: Label): void {
    const channel = this.#channels[label];
    if (channel?.readyState !== "open") return;
    try {
      if (typeof data === "string") channel.send(data);
      else channel.send(data);
    } catch (error) {
      this.#config.onClose(`the channel takes nothing: ${String(error)}`); // larger than what the other end allows, say
    }
  }
}
