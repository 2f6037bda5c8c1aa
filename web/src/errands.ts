// What the page and its worker say to each other about the stream. The viewer
// lives where the plot does (plot/orders.ts has the words of that), so that no
// reading passes the page's thread. Only pages have peer connections, and only
// a page can dial before a worker is there, so those are the page's.
//
//	page ──> Errand ──> Watcher (Viewer, Core)
//	     <── News

import type { Label } from "./channels";
import type { Column, Series } from "./frame";
import type { DeviceInfo, Identity, Paths, Signal } from "./message";
import type { Order } from "./order";
import type { Known } from "./viewer";

/** How a viewer begins. */
export interface Beginning {
  identity: Identity;
  device: string; // empty lists those that are live
  choice: Paths;
  since: number; // ms of history to begin with; negative is all
  webrtc: string | undefined; // why there can be no link
}

export type Errand =
  | { type: "begin"; beginning: Beginning }
  | { type: "watch"; device: string }
  | { type: "control"; id: number; order: Order }
  | { type: "tell"; tell: boolean } // whether the page wants the readings, too
  | { type: "wake" } // the page is back from the browser's cache, or the network has changed
  // of a socket
  | { type: "dialled"; socket: number; said: readonly string[]; heard: (string | ArrayBuffer)[] } // it is open
  | { type: "heard"; socket: number; data: string | ArrayBuffer }
  | { type: "lost"; socket: number }
  // of a link
  | { type: "signal"; link: string; signal: Signal } // to the device
  | { type: "channels"; link: string; channels: { [label in Label]: RTCDataChannel } } // which are the worker's from here on …
  | { type: "open"; link: string } // … or stay on the page, where browsers do not hand them over
  | { type: "came"; link: string; data: string | Uint8Array<ArrayBuffer>; label: Label }
  | { type: "path"; link: string; path: "direct" | "turn" }
  | { type: "closed"; link: string; reason: string; refused: boolean };

export type News =
  | { type: "identity"; id: string; secret: string }
  | { type: "devices"; devices: DeviceInfo[] }
  | { type: "schema"; series: Series[] } // with units as people write them
  | { type: "columns"; columns: Column[]; late: boolean; path: Known["path"] } // where they are wanted
  | { type: "known"; known: Known }
  | { type: "answered"; id: number; why: string } // to a control
  | { type: "dial"; socket: number }
  | { type: "send"; socket: number; data: string }
  | { type: "hang"; socket: number }
  | { type: "offer"; link: string; servers: RTCIceServer[] }
  | { type: "signalled"; link: string; signal: Signal } // by the device
  | { type: "opened"; link: string } // channels that were handed over
  | { type: "say"; link: string; data: string; label: Label } // over others
  | { type: "drop"; link: string };
