// What gets from this browser to a STUN or TURN server and back; the twin of
// doctor/turn.go and link/outside.go.

const ANSWER_WITHIN = 5_000; // ms, for a server's answer, or for a link through TURN

export type Kind = "stun" | "turn-udp" | "turn-tcp" | "turn-tls";

/** What a URL (RFC 7064, RFC 7065) leads to; undefined for what links do not use. */
export function kindOf(url: string): Kind | undefined {
  const [scheme, rest = ""] = split(url, ":");
  const [, query = ""] = split(rest, "?");
  const tcp = query.includes("transport=tcp");
  if (scheme === "stun") return "stun";
  if (scheme === "turn") return tcp ? "turn-tcp" : "turn-udp";
  return scheme === "turns" && (tcp || query === "") ? "turn-tls" : undefined;
}

/** Host and port of a server. */
export function addressOf(url: string): string {
  return split(split(url, ":")[1] ?? "", "?")[0];
}

/** The port of a server, as the URL has it or by default. */
export function portOf(url: string): string {
  return /:(\d+)$/.exec(addressOf(url))?.[1] ?? (url.startsWith("turns:") ? "5349" : "3478");
}

/** Whether this browser never asks a server: Firefox uses none on its own machine, though it links well enough without. */
export function shuns(url: string, agent = navigator.userAgent): boolean {
  return agent.includes("Firefox/") && /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(addressOf(url));
}

function split(text: string, at: string): [string, string?] {
  const i = text.indexOf(at);
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)];
}

export interface Server {
  url: string;
  ice: RTCIceServer;
}

/** The servers of one kind, each with its credential. */
export function serversOf(ice: readonly RTCIceServer[], kind: Kind): Server[] {
  return ice.flatMap(({ urls, ...credential }) => [urls].flat().filter((url) => kindOf(url) === kind).map((url) => ({ url, ice: { urls: url, ...credential } })));
}

/** Asks a STUN server how it sees this browser: gives the address, or "" where that is its own. */
export async function ask({ ice }: Server): Promise<string> {
  const pc = new RTCPeerConnection({ iceServers: [ice] });
  try {
    pc.createDataChannel("doctor");
    const seen = new Promise<string>((found, failed) => {
      const tally = { sockets: 0, errors: 0 };
      pc.onicecandidateerror = () => tally.errors++;
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.type === "srflx") found(hostPort(candidate.address ?? "", candidate.port));
        else if (candidate?.type === "host" && candidate.protocol === "udp") tally.sockets++;
      };
      pc.onicegatheringstatechange = () => {
        if (pc.iceGatheringState !== "complete") return;
        // A socket that was answered, and is seen as it is, makes no candidate of its own.
        if (tally.sockets > tally.errors) found("");
        else failed(new Error(tally.errors === 0 ? "this browser opens no UDP socket" : "no answer"));
      };
      pc.setLocalDescription().catch(failed);
    });
    return await within(ANSWER_WITHIN, seen, () => new Error("no answer"));
  } finally {
    pc.close();
  }
}

function hostPort(host: string, port: number | null): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** What is wrong with a TURN server. `leg` is whether it gave one. */
export class TURNError extends Error {
  readonly leg: boolean;

  constructor(leg: boolean, refusal: string) {
    super(leg ? "it gives a leg, but nothing comes through" : refusal === "" ? "no answer, or a refusal" : `a refusal: ${refusal}`);
    this.leg = leg;
  }
}

/** Links this browser to itself with no way but one TURN server. */
export async function through({ ice }: Server): Promise<void> {
  const config: RTCConfiguration = { iceServers: [ice], iceTransportPolicy: "relay" };
  const [a, b] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  let leg = false;
  let refusal = "";
  try {
    const pass = (to: RTCPeerConnection) => ({ candidate }: RTCPeerConnectionIceEvent) => {
      if (candidate === null || candidate.candidate === "") return;
      leg = true;
      to.addIceCandidate(candidate).catch(() => {}); // one that this browser cannot use; there are others
    };
    [a.onicecandidate, b.onicecandidate] = [pass(b), pass(a)];
    a.onicecandidateerror = ({ errorCode, errorText }) => {
      if (errorCode >= 300 && errorCode < 700) refusal = `${errorCode} ${errorText}`; // RFC 8656, section 18.4; 701 is no answer
    };
    const channel = a.createDataChannel("doctor");
    const opened = new Promise<void>((done, failed) => {
      channel.onopen = () => done();
      describe(a, b).catch(failed);
    });
    await within(ANSWER_WITHIN, opened, () => new TURNError(leg, refusal));
  } finally {
    a.close();
    b.close();
  }
}

async function describe(a: RTCPeerConnection, b: RTCPeerConnection): Promise<void> {
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
}

/** The promise's value, or an error where that takes more than so many ms. */
export function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, failed) => (timer = setTimeout(() => failed(late()), ms)));
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}
