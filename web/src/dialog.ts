// A dialog with a heading and a way to close it.

import { make } from "./page";

/** Makes a dialog of a kind that the stylesheet knows, not yet open. */
export function dialogOf(kind: string, title: string, ...content: Node[]): HTMLDialogElement {
  const dialog = make("dialog", `doctor ${kind}`);
  dialog.setAttribute("aria-label", title);
  dialog.setAttribute("closedby", "any"); // also by a click beside it
  const head = make("form", "doctor-head");
  head.method = "dialog";
  head.append(make("h2", "", title), make("button", "", "Close"));
  dialog.append(head, ...content);
  document.body.append(dialog);
  return dialog;
}
