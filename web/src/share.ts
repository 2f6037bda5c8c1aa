// The dialog that hands the view on: as a link with its QR code, as a frame for
// another page, as readings in CSV or NDJSON, and as a picture. A bundle of its
// own, with its words and its elements, loaded when somebody first opens it.

import { copyText } from "./clipboard";
import { dialogOf } from "./dialog";
import { exporter } from "./export";
import { writeLink } from "./look";
import { element, make, write } from "./page";
import type { Watch } from "./watch";

const COPIED_FOR = 3_000; // ms that a button says so
const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const OURS = ["window", "layout", "scales", "clock", "hide", "range", "above", "below", "from", "to", "view", "x", "y", "of", "amplitude", "frequency", "embed"]; // keys of a query

interface Sharing {
  dialog: HTMLDialogElement;
  show(): void;
}

let sharing: Sharing | undefined; // once it was opened

/** Opens the dialog. */
export function open(watch: Watch): void {
  sharing ??= build(watch);
  sharing.show();
  if (!sharing.dialog.open) sharing.dialog.showModal();
}

function build(watch: Watch): Sharing {
  const link = new Field("Link", "Copy link", make("input"));
  const frame = new Field("HTML for another page", "Copy HTML", make("textarea"));
  const code = make("img", "qr");
  const stretch = tick("Show this stretch of time");
  const hint = make("p", "hint");
  code.alt = "QR code of the link";
  code.addEventListener("error", () => (code.hidden = true)); // a link may be too long for one
  stretch.box.checked = true;
  const body = make("div", "sharing-body");
  const words = make("div", "share-text");
  words.append(link.row, ...sendButton(link), stretch.label, hint);
  body.append(code, words);
  const exports = exporter(watch);
  const dialog = dialogOf("sharing", "Share and export", body, frame.row, exports.part);

  const show = (): void => {
    const { report, look } = watch.plot;
    const standing = report !== undefined && !report.live && report.start < report.end;
    stretch.label.hidden = !standing;
    const plane = element("view", HTMLSelectElement).dataset["link"];
    const view = linkOf(watch, writeLink(look, standing && stretch.box.checked ? report : undefined) + (plane === undefined ? "" : `&${plane}`));
    link.text = view + location.hash;
    frame.text = frameOf(view, watch.viewer.device);
    const picture = `/qr.svg?text=${encodeURIComponent(view)}`;
    if (code.getAttribute("src") !== picture) {
      code.src = picture;
      code.hidden = false;
    }
    write(hint, hintOf());
    exports.show();
  };
  const refresh = (): void => {
    if (dialog.open) show();
  };
  stretch.box.addEventListener("change", show);
  document.addEventListener("plotbeam:look", refresh);
  watch.plot.listen(refresh);
  return { dialog, show };
}

/** The link to this device that carries the view, without what stands behind #. */
function linkOf(watch: Watch, view: string): string {
  const query = new URLSearchParams(location.search);
  for (const key of OURS) query.delete(key);
  const { device } = watch.viewer;
  return `${location.origin}/remote${device === "" ? "" : `/${encodeURIComponent(device)}`}?${query.size === 0 ? "" : `${query}&`}${view}`;
}

function frameOf(link: string, device: string): string {
  const source = link.replace("?", "?embed&") + location.hash;
  return `<iframe src="${escaped(source)}" title="${escaped(device)}, live" width="640" height="360" style="border: 0" loading="lazy"></iframe>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function hintOf(): string {
  const words: string[] = [];
  // The hub draws the code, and may not see a key; a browser sends nothing behind # anywhere.
  if (location.hash !== "") words.push("The code leaves out what stands behind # in the link: the hub draws it, and is not to see that. Send the link itself.");
  if (LOCAL.includes(location.hostname)) words.push("This address is this computer's own: to watch from another one, open this page by the hub's name or address in your network.");
  return words.join(" ");
}

/** A text that is there to be copied, and the button that does it. */
class Field {
  readonly row = make("div", "sharing-field");
  readonly #field: HTMLInputElement | HTMLTextAreaElement;

  constructor(name: string, copy: string, field: HTMLInputElement | HTMLTextAreaElement) {
    this.#field = field;
    const id = `sharing-${name.toLowerCase().replaceAll(" ", "-")}`;
    const label = make("label", "", name);
    const button = make("button", "", copy);
    label.htmlFor = field.id = id;
    field.readOnly = true;
    field.spellcheck = false;
    field.addEventListener("focus", () => field.select());
    button.type = "button";
    button.addEventListener("click", () => {
      void copyText(this.text, field).then((done) => {
        write(button, done ? "Copied" : "Press Ctrl+C");
        setTimeout(() => write(button, copy), COPIED_FOR);
      });
    });
    this.row.append(label, field, button);
  }

  get text(): string {
    return this.#field.value;
  }

  set text(text: string) {
    if (this.#field.value !== text) this.#field.value = text;
  }
}

/** A phone's own way to send something, where there is one. */
function sendButton(link: Field): HTMLElement[] {
  if (!("share" in navigator)) return [];
  const button = make("button", "", "Send …");
  button.type = "button";
  button.addEventListener("click", () => {
    navigator.share({ title: document.title, url: link.text }).catch(() => {}); // somebody thought better of it
  });
  return [button];
}

function tick(text: string): { label: HTMLLabelElement; box: HTMLInputElement } {
  const label = make("label", "tick");
  const box = make("input");
  box.type = "checkbox";
  label.append(box, text);
  return { label, box };
}
