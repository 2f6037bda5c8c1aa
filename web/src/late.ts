// Bundles that are loaded when somebody reaches for what they hold, with the
// stylesheet of all that comes late.

import { bundle } from "./bundle";

let styled: Promise<void> | undefined;

/** Loads a bundle, its styles first. It throws where the hub is not reached. */
export async function late<T>(name: string): Promise<T> {
  styled ??= style();
  await styled;
  return bundle<T>(name);
}

async function style(): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "/assets/late.css";
  const loaded = new Promise((done) => (link.onload = link.onerror = done));
  document.head.append(link);
  await loaded;
}
