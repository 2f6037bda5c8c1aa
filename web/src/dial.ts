// Sockets to the hub.

const PROTOCOL = "plotbeam.v1";
const EARLY = 4_000; // ms of the page's life; a hub drops who has said nothing within 5 s

const early = globalThis as { plotbeam?: WebSocket | undefined };

/** Where the hub's socket is. */
export function socketURL(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/socket`;
}

/** Dials the hub; early.ts may have done so already. Nothing is said before its hello. */
export function dial(url: string): WebSocket {
  const socket = early.plotbeam;
  early.plotbeam = undefined;
  if (socket?.url === url && socket.readyState <= WebSocket.OPEN && performance.now() < EARLY) return socket;
  socket?.close();
  return open(url);
}

/** Dials the hub before whoever is to use the socket has been loaded. */
export function dialEarly(): void {
  early.plotbeam = open(socketURL());
}

/** Opens a socket of one's own to the hub. */
export function open(url: string): WebSocket {
  const socket = new WebSocket(url, PROTOCOL);
  socket.binaryType = "arraybuffer";
  return socket;
}
