// What the plot answers when it is asked. A bundle of its own, which comes with
// the first question.

import type { Canvas } from "./core";
import type { Line } from "./line";
import type { Answer, Question } from "./orders";
import { csv, ndjson } from "./table";

/** The answer, from the lines and what they are painted on. */
export async function find(question: Question, lines: readonly Line[], canvas: Canvas | undefined): Promise<Answer> {
  switch (question.about) {
    case "text": {
      const { from = -Infinity, to = Infinity } = question;
      const asked = lines.filter(({ hidden }) => question.from === undefined || !hidden);
      const tables = asked.map(({ archive, series: { name, unit = "" } }) => ({ name, unit, ...archive.readings(from, to) }));
      return { blob: await (question.format === "csv" ? csv : ndjson)(tables) };
    }
    case "picture":
      return { blob: await pictureOf(canvas) };
    case "readings":
      return { readings: question.series.map((i) => lines[i]?.archive.readings(question.from, question.to, question.most) ?? { times: new Float64Array(), values: new Float64Array() }) };
  }
}

async function pictureOf(canvas: Canvas | undefined): Promise<Blob> {
  if (canvas === undefined) return new Blob();
  if ("convertToBlob" in canvas) return canvas.convertToBlob({ type: "image/png" });
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? new Blob()), "image/png"));
}
