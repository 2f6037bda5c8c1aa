// What both pages do with their document: find elements, and write only what has
// changed.

import { apart } from "./plot/axis";

/** The element with this id, which the page's HTML holds. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/** Writes a text where it differs, so that nothing is announced or laid out in vain. */
export function write(target: HTMLElement, text: string): void {
  const only = target.firstChild;
  if (text !== "" && only instanceof Text && only.nextSibling === null) {
    if (only.data !== text) only.data = text; // costs less than another text node would
  } else if (target.textContent !== text) target.textContent = text;
}

/** Hides an element or shows it. Set as a property, one that is hidden already would be styled again. */
export function hide(target: HTMLElement, hidden: boolean): void {
  target.toggleAttribute("hidden", hidden);
}

/** Makes an element with a class and a text. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

/** How far behind somebody is, in words: "direct · 14 ms". */
export function pathText(path: string, lagMs: number | undefined): string {
  if (lagMs === undefined) return path;
  return `${path} · ${lagMs < 9_999.5 ? `${Math.max(1, Math.round(lagMs))} ms` : `${Math.round(lagMs / 1e3)} s`}`;
}

/** How another clock stands to this one, in words: "12 ms ahead ± 3 ms". Both in µs. */
export function clockText(ahead: number, error: number): string {
  const about = `± ${span(Math.max(error, 500))}`;
  if (Math.abs(ahead) <= error || Math.abs(ahead) < 500) return about;
  return `${span(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"} ${about}`;
}

function span(micros: number): string {
  if (micros < 10e6) return `${Math.max(1, Math.round(micros / 1e3))} ms`;
  if (micros < 7200e6) return `${Math.round(micros / 1e6)} s`;
  return micros < 48 * 3600e6 ? `${Math.round(micros / 3600e6)} h` : `${Math.round(micros / 86400e6)} days`;
}

/** A length of time in ms, in words: "2.5 s". */
export function windowText(ms: number): string {
  const [unit, size] = ([["h", 36e5], ["min", 6e4], ["s", 1e3]] as const).find(([, least]) => ms >= least) ?? ["ms", 1];
  return `${Number((ms / size).toPrecision(3))} ${unit}`;
}

/** A count with its thousands apart. */
export function countText(count: number): string {
  return apart(String(count));
}
