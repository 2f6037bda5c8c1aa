// A dialog whose content may be longer than the screen.

import { dialogOf } from "../dialog";
import { make } from "../page";

export function sheet(title: string, ...content: Node[]): HTMLDialogElement {
  const body = make("div", "sheet-body");
  body.tabIndex = 0; // keys scroll it
  body.append(...content);
  return dialogOf("sheet", title, body);
}
