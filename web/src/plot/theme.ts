// The colours and the font of the plot: the tokens of style.css, read again
// when the colour scheme changes.

export interface Theme {
  background: string;
  grid: string;
  border: string;
  text: string;
  muted: string;
  accent: string;
  bad: string;
  series: string[];
  font: string; // the family
}

/** How many series have a colour of their own (--series-1 and so on); then they begin again, dashed. */
export const SERIES_COLOURS = 10;

const DASHES = [[], [6, 4], [2, 3]] as const; // CSS px: drawn, left out

/** The dashes of a series' line, solid for the first ten. */
export function dashes(series: number): readonly number[] {
  return DASHES[Math.floor(series / SERIES_COLOURS) % DASHES.length]!;
}

export function readTheme(element: HTMLElement): Theme {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: token("--surface"),
    grid: token("--grid"),
    border: token("--border"),
    text: token("--text"),
    muted: token("--muted"),
    accent: token("--accent"),
    bad: token("--bad"),
    series: Array.from({ length: SERIES_COLOURS }, (_, i) => token(`--series-${i + 1}`)),
    font: style.fontFamily,
  };
}
