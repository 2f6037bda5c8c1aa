// Fonts, and how wide texts are in them. The browser makes an object for each
// question, which lives until garbage is collected, and every frame asks the same.

export type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

const MOST = 500; // texts in one font that are remembered

type Widths = Map<string, number>; // CSS px by text

const fonts = new Map<string, Widths>();
const used = new WeakMap<Context, Widths>();

/** Writes in a font from now on, until the canvas changes its size. */
export function setFont(context: Context, font: string): void {
  context.font = font;
  let widths = fonts.get(font);
  if (widths === undefined) fonts.set(font, (widths = new Map()));
  used.set(context, widths);
}

/** CSS px that a text takes in the font that was set last. */
export function widthOf(context: Context, text: string): number {
  const widths = used.get(context)!;
  let width = widths.get(text);
  if (width === undefined) {
    width = context.measureText(text).width;
    if (widths.size >= MOST) widths.clear();
    widths.set(text, width);
  }
  return width;
}
