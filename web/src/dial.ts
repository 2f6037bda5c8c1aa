// Sockets to the hub. early.ts dials one while the page is under way, and may
// say to it what the page is going to say: whoever takes it over later finds
// what the hub has answered.

const PROTOCOL = "plotbeam.v1";
const EARLY = 4_000; // ms of the page's life; a hub drops who has said nothing within 5 s

/** What a session needs of a socket. */
export interface Socket extends Pick<WebSocket, "readyState" | "bufferedAmount" | "send" | "close"> {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<string | ArrayBuffer>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

/** A socket with what was said to it and what it has brought, which is still to be taken. */
export interface Dialled<S = Socket> {
  socket: S;
  said: string[];
  heard: (string | ArrayBuffer)[];
}

const early = globalThis as { plotbeam?: Dialled<WebSocket> | undefined };

/** Where the hub's socket is. */
export function socketURL(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/socket`;
}

/** Dials the hub; early.ts may have done so already. */
export function dial(url: string): Dialled<WebSocket> {
  const dialled = early.plotbeam;
  early.plotbeam = undefined;
  if (dialled !== undefined) dialled.socket.onopen = null;
  if (dialled?.socket.url === url && dialled.socket.readyState <= WebSocket.OPEN) return dialled;
  dialled?.socket.close();
  return { socket: open(url), said: [], heard: [] };
}

/** Dials the hub before whoever is to use the socket has been loaded, and says this to it. */
export function dialEarly(words: readonly string[]): void {
  const socket = open(socketURL());
  const [said, heard]: [string[], (string | ArrayBuffer)[]] = [[], []];
  socket.onopen = () => {
    for (const text of words) socket.send(text);
    said.push(...words);
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => void heard.push(data);
  const dialled = (early.plotbeam = { socket, said, heard });
  setTimeout(() => {
    if (early.plotbeam !== dialled) return;
    early.plotbeam = undefined;
    socket.close();
  }, EARLY);
}

/** Opens a socket of one's own to the hub. */
export function open(url: string): WebSocket {
  const socket = new WebSocket(url, PROTOCOL);
  socket.binaryType = "arraybuffer";
  return socket;
}
