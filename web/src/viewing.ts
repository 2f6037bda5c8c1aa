// The page's end of the viewer: what is known of it, what can be asked of it, and
// its sockets and peer connections, which only a page has.

import { dial, socketURL } from "./dial";
import type { Beginning, Errand, News } from "./errands";
import type { Column, Series } from "./frame";
import { Link, webrtcMissing } from "./link";
import type { DeviceInfo } from "./message";
import type { Order } from "./order";
import type { End } from "./plot/end";
import { attend } from "./presence";
import { GOODBYE } from "./session";
import type { Known } from "./viewer";

export interface ViewingConfig extends Omit<Beginning, "webrtc"> {
  end: End;
  onIdentity(id: string, secret: string): void;
  onDevices(list: DeviceInfo[]): void;
  onSchema(series: Series[]): void; // with units as people write them
  onColumns(columns: Column[], late: boolean, path: Known["path"]): void; // where they were asked for
  onKnown(): void; // ten times a second at most
}

export interface Viewing extends Readonly<Known> {} // once onKnown was called

export class Viewing {
  readonly #config: ViewingConfig;
  #socket: { number: number; socket: WebSocket } | undefined; // the last one
  readonly #links = new Map<string, Link>();
  readonly #answers = new Map<number, (why: string) => void>();
  #controls = 0;

  constructor(config: ViewingConfig) {
    this.#config = config;
    const { end, identity, device, choice, since } = config;
    end.listen((news) => this.#hear(news as News));
    attend({ leave: () => this.#leave(), wake: () => this.#send({ type: "wake" }) });
    this.#send({ type: "begin", beginning: { identity, device, choice, since, webrtc: webrtcMissing() } });
  }

  /** Watches a device, when none was named before. */
  watch(device: string): void {
    this.#send({ type: "watch", device });
  }

  /** Asks for the readings, too, or does without. */
  tell(tell: boolean): void {
    this.#send({ type: "tell", tell });
  }

  /** Asks the device to start, to stop or to set its interval; `answered` is told why it did not, or nothing. */
  control(order: Order, answered: (why: string) => void): void {
    const id = ++this.#controls;
    this.#answers.set(id, answered);
    this.#send({ type: "control", id, order });
  }

  #send(errand: Errand, transfer: Transferable[] = []): void {
    this.#config.end.send(errand, transfer);
  }

  #hear(news: News): void {
    switch (news.type) {
      case "identity": this.#config.onIdentity(news.id, news.secret); return;
      case "devices": this.#config.onDevices(news.devices); return;
      case "schema": this.#config.onSchema(news.series); return;
      case "columns": this.#config.onColumns(news.columns, news.late, news.path); return;
      case "known":
        Object.assign(this, news.known);
        this.#config.onKnown();
        return;
      case "answered":
        this.#answers.get(news.id)?.(news.why);
        this.#answers.delete(news.id);
        return;
      case "dial": this.#dial(news.socket); return;
      case "send": if (news.socket === this.#socket?.number) this.#socket.socket.send(news.data); return;
      case "hang": if (news.socket === this.#socket?.number) this.#socket.socket.close(1000); return;
      case "offer": this.#offer(news.link, news.servers); return;
      case "signalled": this.#links.get(news.link)?.signal(news.signal); return;
      case "opened": this.#links.get(news.link)?.opened(); return;
      case "say": this.#links.get(news.link)?.send(news.data, news.label); return;
      case "drop": this.#links.get(news.link)?.close(); return;
    }
  }

  /** Dials the hub, and hands on what its socket brings. */
  #dial(number: number): void {
    const { socket, said, heard } = dial(socketURL());
    this.#socket = { number, socket };
    const opened = (): void => {
      this.#send({ type: "dialled", socket: number, said, heard }, heard.filter((data) => typeof data !== "string"));
      socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#send({ type: "heard", socket: number, data }, typeof data === "string" ? [] : [data]);
    };
    if (socket.readyState === WebSocket.OPEN) queueMicrotask(opened); // when whoever asked for it has it
    else socket.onopen = opened;
    socket.onclose = () => this.#send({ type: "lost", socket: number });
  }

  /** Leaves at once, so that the device hears of it; the worker is told nothing any more. */
  #leave(): void {
    const { socket } = this.#socket ?? {};
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(GOODBYE));
    socket?.close(1000);
  }

  #offer(link: string, servers: RTCIceServer[]): void {
    this.#links.set(
      link,
      Link.offer({
        session: link,
        servers,
        hand: (channels) => this.#hand(link, channels),
        send: (signal) => this.#send({ type: "signal", link, signal }),
        onOpen: () => this.#send({ type: "open", link }),
        onMessage: (data, label) => this.#send({ type: "came", link, data, label }, typeof data === "string" ? [] : [data.buffer]),
        onPath: (path) => this.#send({ type: "path", link, path }),
        onClose: (reason, refused) => {
          this.#links.delete(link);
          this.#send({ type: "closed", link, reason, refused });
        },
      }),
    );
  }

  /** Hands the channels over, where the browser does that. */
  #hand(link: string, channels: { frames: RTCDataChannel; now: RTCDataChannel }): boolean {
    try {
      this.#send({ type: "channels", link, channels }, [channels.frames, channels.now] as unknown as Transferable[]);
      return true;
    } catch {
      return false;
    }
  }
}
