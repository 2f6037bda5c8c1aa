// Draws pairs as a cloud: each is a few device pixels, and where many fall
// together the colour is deeper. A pair costs a few writes into an array.

import { paintDot, xOf, yOf, type Context, type Sheet } from "./chart";
import type { Pairs } from "./pairs";

const FEW = 500; // pairs that are drawn large
const MANY = 20_000; // pairs from which they are drawn as small as can be
const SIDES = [4, 2.5, 1.5]; // px of a pair: of few, of more, of many
const DEEPEST = 16; // pairs on one pixel from which the colour is full

/** What is drawn goes over the grid, not in place of it. It is kept, since it is made several times a second. */
const layer = document.createElement("canvas");
let image = new ImageData(1, 1);
let counts = new Uint8Array(1); // pairs on each pixel

export function paintCloud(context: Context, sheet: Sheet, { x, y }: Pairs, colour: string, lead: boolean): void {
  const { left, right, top, bottom, ratio } = sheet;
  const width = Math.max(1, Math.round((right - left) * ratio));
  const height = Math.max(1, Math.round((bottom - top) * ratio));
  clear(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const shades = shadesOf(context, colour, x.length);
  const side = Math.max(1, Math.round((x.length <= FEW ? SIDES[0]! : x.length <= MANY ? SIDES[1]! : SIDES[2]!) * ratio));
  const across = width / (sheet.x.high - sheet.x.low);
  const up = height / (sheet.y.high - sheet.y.low);
  for (let i = 0; i < x.length; i++) {
    const column = Math.round((x[i]! - sheet.x.low) * across - side / 2);
    const row = Math.round(height - (y[i]! - sheet.y.low) * up - side / 2);
    for (let v = Math.max(0, row); v < Math.min(height, row + side); v++) {
      const cut = side > 2 && (v === row || v === row + side - 1) ? 1 : 0; // without its corners a square is as good as a disc
      for (let u = Math.max(0, column + cut); u < Math.min(width, column + side - cut); u++) {
        const at = v * width + u;
        if (counts[at]! < DEEPEST) pixels[at] = shades[++counts[at]!]!;
      }
    }
  }
  layer.getContext("2d")?.putImageData(image, 0, 0);
  context.drawImage(layer, left, top, width / ratio, height / ratio);
  const last = x.length - 1;
  if (lead && last >= 0) paintDot(context, colour, xOf(sheet, x[last]!), yOf(sheet, y[last]!));
}

function clear(width: number, height: number): void {
  if (layer.width !== width || layer.height !== height) {
    [layer.width, layer.height] = [width, height];
    image = new ImageData(width, height);
    counts = new Uint8Array(width * height);
    return;
  }
  image.data.fill(0);
  counts.fill(0);
}

/** The colour of a pixel by how many pairs are on it, as ImageData has it on a little-endian machine. */
function shadesOf(context: Context, colour: string, pairs: number): Uint32Array {
  context.fillStyle = colour;
  const rgb = parseInt(String(context.fillStyle).slice(1), 16); // the browser gives any opaque colour as #rrggbb
  const faintest = pairs <= FEW ? 0.8 : pairs <= MANY ? 0.5 : 0.35;
  return Uint32Array.from({ length: DEEPEST + 1 }, (_, count) => {
    const alpha = Math.round(255 * (faintest + (1 - faintest) * (Math.log(Math.max(1, count)) / Math.log(DEEPEST))));
    return ((alpha << 24) | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
  });
}
