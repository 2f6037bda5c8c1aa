import assert from "node:assert/strict";
import { test } from "node:test";
import type { Band } from "../src/plot/board";
import type { Context } from "../src/plot/font";
import { begin, fillAround } from "../src/plot/sheet";
import type { Theme } from "../src/plot/theme";

const theme = { background: "#fff", font: "sans-serif" } as Theme;

for (const ratio of [1, 1.5, 2]) {
  test(`around the lanes every pixel is filled at ${ratio} device pixels per CSS pixel`, () => {
    const size = { width: 101, height: 67, ratio, top: 0, bottom: 67 };
    const [columns, rows] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    for (const lanes of [[], [[10, 40]], [[4, 12], [20, 33], [40, 60]]]) {
      const filled = new Uint8Array(columns * rows);
      let scale = 1;
      const fill = (left: number, top: number, right: number, bottom: number): void => {
        for (let y = Math.max(0, top); y < Math.min(rows, bottom); y++) for (let x = Math.max(0, left); x < Math.min(columns, right); x++) filled[y * columns + x] = 1;
      };
      const context = {
        setTransform: (by: number) => (scale = by),
        fillRect: (x: number, y: number, width: number, height: number) => {
          const [left, top, right, bottom] = [x * scale, y * scale, (x + width) * scale, (y + height) * scale];
          fill(Math.ceil(left), Math.ceil(top), Math.floor(right), Math.floor(bottom)); // of what is covered in part, nothing
        },
      } as unknown as Context;
      begin(context, theme, size);
      const [left, right] = [20 / ratio, 100 / ratio];
      fillAround(context, theme, size, lanes.map(([top, bottom]) => ({ top: Math.round(top! * ratio) / ratio, bottom: Math.round(bottom! * ratio) / ratio })) as Band[], { left, right });
      const alone = filled.reduce((sum, one) => sum + one, 0);
      for (const [top, bottom] of lanes) fill(20, Math.round(top! * ratio), 100, Math.round(bottom! * ratio));
      assert.ok(filled.every((one) => one === 1), `${lanes.length} lanes`);
      assert.ok(lanes.length === 0 || alone < filled.length, "the lanes are not filled");
    }
  });
}
