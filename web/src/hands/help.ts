// The help sheet: what keys, mouse and fingers do.

import { make } from "../page";
import { sheet } from "./sheet";

/** Keys that are pressed alike have a space between them, those to choose from " / ". */
const KEYS: [string, string][] = [
  ["Space", "pause, and back to now"],
  ["L", "live: back to now"],
  ["← / →", "earlier or later (with Shift: by a whole window)"],
  ["+ / −", "less or more time"],
  ["Shift ↑ / ↓", "less or more of the values"],
  ["0", "automatic ranges"],
  ["1 … 9", "hide or show a series"],
  [", / .", "move the cursor (with Shift: further)"],
  ["A / B", "place mark A or B at the cursor"],
  ["Esc", "take cursor and marks away"],
  ["M", "next layout of the lanes"],
  ["U", "times in local time, UTC or since the start"],
  ["T", "figures of what is shown"],
  ["S", "view settings"],
  ["E", "share and export"],
  ["F", "full screen"],
  ["?", "this help"],
];

const MOUSE: [string, string][] = [
  ["Drag", "earlier or later; with Shift, move the values"],
  ["Wheel", "less or more time; with Shift, of the values"],
  ["Wheel sideways", "earlier or later"],
  ["Point", "values at the cursor"],
  ["Click", "place mark A, then B; with Shift, mark B"],
  ["Double click", "back to now, with automatic ranges"],
  ["Click a name", "hide or show the series; with Shift, it alone"],
];

const FINGERS: [string, string][] = [
  ["Drag", "earlier or later"],
  ["Pinch sideways", "less or more time"],
  ["Pinch up and down", "less or more of the values"],
  ["Tap", "values at the cursor"],
  ["Press long", "move the cursor, and leave mark A, then B"],
  ["Tap twice", "back to now, with automatic ranges"],
];

let dialog: HTMLDialogElement | undefined;

export function openHelp(): void {
  dialog ??= sheet("Keyboard and touch", part("Keyboard", KEYS, true), part("Mouse", MOUSE, false), part("Touch", FINGERS, false));
  dialog.showModal();
}

function part(title: string, rows: readonly [string, string][], keys: boolean): HTMLElement {
  const list = make("dl", "help");
  for (const [what, does] of rows) {
    const row = make("div");
    const term = make("dt");
    term.append(...(keys ? what.split(" ").map((one) => (/^[/…]$/.test(one) ? one : make("kbd", "", one))) : [what]));
    row.append(term, make("dd", "", does));
    list.append(row);
  }
  const section = make("section");
  section.append(make("h3", "", title), list);
  return section;
}
