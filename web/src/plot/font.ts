// Fonts, and how wide texts are in them. The browser makes an object for each
// question, which lives until garbage is collected, and every frame asks the same.

export type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

const MOST = 500; // texts in one font that are remembered

const fonts = new Map<string, Map<string, number>>();
let widths = new Map<string, number>(); // CSS px by text, in the font that was set last

/** Writes in a font from now on, until the canvas changes its size. */
export function setFont(context: Context, font: string): void {
  context.font = font;
  widths = fonts.get(font) ?? new Map();
  fonts.set(font, widths);
}

/** CSS px that a text takes in the font that was set last, which was that of this canvas. */
export function widthOf(context: Context, text: string): number {
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size >= MOST) widths.clear();
    widths.set(text, (width = context.measureText(text).width));
  }
  return width;
}
