// A dialog with a heading and a way to close it.

import { make } from "../page";

export function sheet(title: string, ...content: Node[]): HTMLDialogElement {
  const dialog = make("dialog", "doctor sheet");
  dialog.setAttribute("aria-label", title);
  dialog.setAttribute("closedby", "any"); // also by a click beside it
  const head = make("form", "doctor-head");
  head.method = "dialog";
  head.append(make("h2", "", title), make("button", "", "Close"));
  const body = make("div", "sheet-body");
  body.tabIndex = 0; // keys scroll it
  body.append(...content);
  if (body.querySelector("button, input, select") === null) body.tabIndex = 0; // the keys scroll it
  dialog.append(head, body);
  document.body.append(dialog);
  return dialog;
}
