// Who this tab is: an id and the secret that proves it, kept in the tab's
// session storage. A reload finds them again; a second tab has none and becomes
// somebody else.
//
// A duplicated tab is born with a copy. So a tab also holds a lock on its id
// while it lives, and whoever finds the lock taken begins anew. A page in a
// frame shares the storage with those around it, and begins anew each time.

import type { Identity } from "./message";

const LOCK_WAIT = 400; // ms; after a reload the old page lets go within this

/** The identity that this tab had in this role before a reload, or an empty one. */
export async function recall(role: "device" | "viewer"): Promise<Identity> {
  const kept = framed() ? {} : read(role);
  if (kept.id === undefined || (await lock(kept.id))) return kept;
  return {};
}

/** Whether this page has no identity yet, as recall will say, too. */
export function isNew(role: "device" | "viewer"): boolean {
  return framed() || read(role).id === undefined;
}

/** Keeps the identity for a reload. */
export function remember(role: "device" | "viewer", id: string, secret: string): void {
  if (framed()) return;
  try {
    sessionStorage.setItem(key(role), JSON.stringify({ id, secret }));
  } catch {
    // Storage is switched off or full: the next reload becomes somebody else.
  }
  void lock(id);
}

function framed(): boolean {
  return self !== top;
}

function key(role: string): string {
  return `plotbeam.${role}`;
}

function read(role: string): Identity {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key(role)) ?? "{}");
    if (typeof kept === "object" && kept !== null && "id" in kept && "secret" in kept) {
      if (typeof kept.id === "string" && typeof kept.secret === "string") return { id: kept.id, secret: kept.secret };
    }
  } catch {
    // not ours, or switched off
  }
  return {};
}

const held = new Set<string>();

/** Locks an id for as long as the page lives. Says no only if another page of this browser has it. */
async function lock(id: string): Promise<boolean> {
  // Only secure pages have locks; elsewhere a duplicated tab takes the id over.
  if (!("locks" in navigator) || held.has(id)) return true;
  return new Promise((resolve) => {
    const options = { signal: AbortSignal.timeout(LOCK_WAIT) };
    const forever = async () => {
      held.add(id);
      resolve(true);
      await new Promise(() => {});
    };
    navigator.locks.request(`plotbeam.${id}`, options, forever).catch(() => resolve(false));
  });
}
