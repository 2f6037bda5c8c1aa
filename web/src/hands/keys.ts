// The keys, and what they do. Whatever is used with Ctrl, Alt or Meta is the
// browser's, and what is typed into a field is the field's.

import { type Acts, STEP } from "./acts";

const STRIDE = 0.9; // with Shift
const ZOOM = 1.5;
const CURSOR = 0.01; // of the width

/** What of a KeyboardEvent counts here. */
export interface Stroke {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  target: EventTarget | null;
}

export class Keys {
  readonly #acts: Acts;
  readonly #press: (id: string) => void;

  /** `press` presses a button of the page. */
  constructor(acts: Acts, press: (id: string) => void) {
    this.#acts = acts;
    this.#press = press;
  }

  /** Does what a key stands for. Says whether it stands for anything here. */
  take(stroke: Stroke): boolean {
    const { key } = stroke;
    if (stroke.ctrlKey || stroke.altKey || stroke.metaKey || isTaken(stroke)) return false;
    const number = /^[1-9]$/.test(key) ? Number(key) : 0;
    if (number > this.#acts.series.length) return false;
    if (number > 0) this.#acts.hide(number - 1);
    else return this.#act(key.length > 1 && stroke.shiftKey ? `Shift+${key}` : key); // a character has its Shift in it
    return true;
  }

  #act(name: string): boolean {
    const act = this.#table[name.length === 1 ? name.toLowerCase() : name];
    act?.();
    return act !== undefined;
  }

  readonly #table: Record<string, () => void> = {
    " ": () => this.#acts.toggle(),
    l: () => this.#acts.live(),
    ArrowLeft: () => this.#acts.pan(-STEP),
    ArrowRight: () => this.#acts.pan(STEP),
    "Shift+ArrowLeft": () => this.#acts.pan(-STRIDE),
    "Shift+ArrowRight": () => this.#acts.pan(STRIDE),
    "+": () => this.#acts.zoom(1 / ZOOM),
    "=": () => this.#acts.zoom(1 / ZOOM), // + without Shift
    "-": () => this.#acts.zoom(ZOOM),
    _: () => this.#acts.zoom(ZOOM),
    "Shift+ArrowUp": () => this.#acts.stretch(1 / ZOOM),
    "Shift+ArrowDown": () => this.#acts.stretch(ZOOM),
    "0": () => this.#acts.automatic(),
    ",": () => this.#acts.step(-CURSOR),
    ".": () => this.#acts.step(CURSOR),
    "<": () => this.#acts.step(-10 * CURSOR),
    ">": () => this.#acts.step(10 * CURSOR),
    a: () => this.#acts.mark(0),
    b: () => this.#acts.mark(1),
    Escape: () => this.#acts.clear(),
    m: () => this.#acts.nextLayout(),
    u: () => this.#acts.nextClock(),
    f: () => this.#acts.fullscreen(),
    t: () => this.#press("figures"),
    s: () => this.#press("settings"),
    e: () => this.#press("share"),
    "?": () => this.#press("help"),
  };
}

const TYPING = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Whether the key is for something else: a field, a dialog, or a button that Space presses. */
function isTaken({ key, target }: Stroke): boolean {
  if (document.querySelector("dialog[open]") !== null) return true;
  if (!(target instanceof Element)) return false;
  return target.closest(TYPING) !== null || ((key === " " || key === "Enter") && target.closest("button, a, summary, [type=checkbox], [type=radio]") !== null);
}
