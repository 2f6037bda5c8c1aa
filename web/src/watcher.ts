// What runs in the page's worker, or on the page where that does not paint in
// workers: the viewer, and the plot of what it takes.
//
//	page ──> Order, Errand ──> Watcher ──> Viewer ──> readings
//	     <── Word, News ────────            Core  <──────┘

import type { Dialled } from "./dial";
import type { Errand, News } from "./errands";
import { FarLink, FarSocket } from "./far";
import type { Column, Frame } from "./frame";
import type { Hear } from "./line";
import type { Signal } from "./message";
import { Core } from "./plot/core";
import type { Order, Word } from "./plot/orders";
import { throttled } from "./throttle";
import { forPeople } from "./unit";
import { Viewer } from "./viewer";

export class Watcher {
  readonly core: Core;
  readonly #say: (news: News) => void;
  #viewer: Viewer | undefined;
  #dialled: Dialled<FarSocket> | undefined; // the last one
  #dials = 0;
  readonly #links = new Map<string, FarLink>();
  #tell = false;
  readonly #know = throttled(() => this.#tellKnown());

  /** `say` takes what the page is to know. */
  constructor(say: (word: Word | News) => void) {
    this.core = new Core(say);
    this.#say = say;
  }

  /** Does what it is told. */
  take(order: Order | Errand): void {
    switch (order.type) {
      case "begin": this.#begin(order); return;
      case "watch": this.#viewer?.watch(order.device); return;
      case "control": this.#viewer?.control(order.order, (why) => this.#say({ type: "answered", id: order.id, why })); return;
      case "tell": this.#tell = order.tell; return;
      case "wake": this.#viewer?.wake(); return;
      case "dialled":
      case "heard":
      case "lost": this.#hear(order); return;
      case "signal":
      case "channels":
      case "open":
      case "came":
      case "path":
      case "closed": this.#links.get(order.link)?.take(order); return;
      default: this.core.take(order);
    }
  }

  #begin({ beginning }: Errand & { type: "begin" }): void {
    const say = this.#say;
    this.#viewer = new Viewer({
      ...beginning,
      dial: () => this.#dial(),
      offer: (session, servers, hear, send) => this.#offer(session, servers, hear, send),
      onIdentity: (id, secret) => say({ type: "identity", id, secret }),
      onDevices: (devices) => say({ type: "devices", devices }),
      onSchema: (schema) => {
        this.core.take({ type: "schema", series: schema.series });
        say({ type: "schema", series: schema.series.map(forPeople) });
      },
      onColumns: (columns, frame, late) => this.#takeColumns(columns, frame, late),
      onSkip: (span) => this.core.take({ type: "skip", span }),
      onChange: this.#know,
    });
    this.#tellKnown();
  }

  #offer(session: string, servers: RTCIceServer[], hear: Hear, send: (signal: Signal) => void): FarLink {
    const onClose = (reason: string, refused: boolean): void => {
      this.#links.delete(session);
      hear.onClose(reason, refused);
    };
    const link = new FarLink(session, servers, { ...hear, onClose }, send, this.#say);
    this.#links.set(session, link);
    return link;
  }

  #tellKnown(): void {
    if (this.#viewer === undefined) return;
    const { known } = this.#viewer;
    this.core.take({ type: "ahead", ahead: known.ahead?.ahead });
    this.#say({ type: "known", known });
  }

  #takeColumns(columns: Column[], { position: { seq } }: Frame, late: boolean): void {
    if (this.#tell && columns.length > 0) this.#say({ type: "columns", columns, late, path: this.#viewer?.path ?? "" });
    this.core.take({ type: "take", columns, seq, late });
    this.#know();
  }

  #dial(): Dialled {
    return (this.#dialled = { socket: new FarSocket(++this.#dials, this.#say), said: [], heard: [] });
  }

  #hear(errand: Errand & { type: "dialled" | "heard" | "lost" }): void {
    if (this.#dialled === undefined || errand.socket !== this.#dials) return; // another was dialled meanwhile
    const { socket, said, heard } = this.#dialled;
    if (errand.type === "dialled") {
      said.push(...errand.said);
      heard.push(...errand.heard);
    }
    socket.take(errand);
  }
}
