// What is visible, or all that is held, as a file: readings as CSV or NDJSON,
// and the plot as a picture. The plot's worker writes them.

import { make, write } from "./page";
import type { Question, Report } from "./plot/orders";
import type { Watch } from "./watch";

const KEPT_FOR = 60_000; // ms that a file can still be fetched by the browser's download
const UNITS = ["bytes", "kB", "MB", "GB"];

interface Exporter {
  part: HTMLElement;
  show(): void;
}

/** The part of the dialog that exports. */
export function exporter({ plot, viewer }: Watch): Exporter {
  void plot.ask({ about: "readings", from: 0, to: 0, series: [], most: 0 }); // now, as the hub may be gone when answers are wanted
  const part = make("fieldset", "exports");
  const visible = radio("What is visible");
  const all = radio("All that is held");
  const hint = make("p", "hint");
  const said = make("p", "exported");
  visible.box.checked = true;
  said.setAttribute("role", "status");
  const buttons = [
    button("CSV", () => save("csv", text("csv"))),
    button("NDJSON", () => save("ndjson", text("ndjson"))),
    button("Picture (PNG)", () => save("png", { about: "picture" })),
  ];
  const row = make("p");
  row.append(...buttons);
  part.append(make("legend", "", "Export"), visible.label, all.label, hint, row, said);

  function text(format: "csv" | "ndjson"): Question {
    const { report } = plot;
    return { about: "text", format, ...(visible.box.checked && report !== undefined && { from: report.start, to: report.end }) };
  }

  async function save(ending: string, question: Question): Promise<void> {
    const { report } = plot;
    if (report === undefined || report.held === 0) {
      write(said, "There is nothing to export yet.");
      return;
    }
    for (const one of buttons) one.disabled = true;
    write(said, "Writing …");
    const whole = question.about === "text" && question.from === undefined;
    const name = fileName(viewer.device, whole ? report.newest : report.end, ending);
    try {
      const answer = await plot.ask(question);
      if (!("blob" in answer)) throw new Error("the plot gave no file");
      download(answer.blob, name);
      write(said, `${name}, ${sizeText(answer.blob.size)}`);
    } catch (error) {
      write(said, `It could not be written: ${String(error)}`);
    }
    for (const one of buttons) one.disabled = false;
  }

  const show = (): void => write(hint, plot.report === undefined ? "" : hintOf(plot.report));
  return { part, show };
}

/** Says where the past is held only in part. */
function hintOf({ oldest, raw }: Report): string {
  if (!(oldest < raw)) return "";
  return `Every reading since ${new Date(raw / 1e3).toTimeString().slice(0, 8)} is held; files begin there. Of what is older the plot keeps the outline only.`;
}

/** Such as psu-2026-01-02T150405Z.csv; the time is the newest in it. */
function fileName(device: string, micros: number, ending: string): string {
  const ms = Number.isFinite(micros) ? micros / 1e3 : Date.now();
  const time = new Date(ms).toISOString().slice(0, 19).replaceAll(":", "");
  return `${device.replace(/[^\w-]+/g, "-") || "plotbeam"}-${time}Z.${ending}`;
}

function download(blob: Blob, name: string): void {
  const link = make("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_FOR);
}

function sizeText(bytes: number): string {
  let power = 0;
  while (bytes >= 1000 && power < UNITS.length - 1) {
    bytes /= 1000;
    power++;
  }
  return `${power > 0 && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)} ${UNITS[power]}`;
}

function radio(text: string): { label: HTMLLabelElement; box: HTMLInputElement } {
  const label = make("label", "tick");
  const box = make("input");
  box.type = "radio";
  box.name = "export-what";
  label.append(box, text);
  return { label, box };
}

function button(text: string, press: () => Promise<void>): HTMLButtonElement {
  const made = make("button", "", text);
  made.type = "button";
  made.addEventListener("click", () => void press());
  return made;
}
