/** The lowest and highest value of a range; low > high where it holds none. */
export interface Extent {
  low: number;
  high: number;
}
