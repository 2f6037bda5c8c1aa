// How a Remote Client begins: what its address names, and what it asks for.

export const BOUND = 2_000; // ms that the page may be behind before frames are skipped, to come late
export const HISTORY = 60_000; // ms that are asked for at the start

/** The device that the address names; empty where it names none. */
export function deviceInPath(): string {
  const name = location.pathname.split("/")[2] ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // no name at all; the hub knows no such devices
  }
}
