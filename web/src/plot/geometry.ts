// From times to places on the canvas. Columns of device pixels stand at fixed
// times, so the plot scrolls by whole ones.

import type { Size } from "./orders";
import type { Sight } from "./sight";

export const RIGHT = 14; // px right of the newest reading
export const AXIS = 28; // px for the times
export const TITLE = 24; // px for a lane's title, above its lines

export class Geometry {
  readonly ratio: number;
  readonly left: number; // CSS px
  readonly right: number;
  readonly count: number; // columns
  readonly width: number; // µs of a column
  readonly first: number; // column

  constructor(size: Size, gutter: number, sight: Sight) {
    this.ratio = size.ratio;
    const left = Math.round(gutter * size.ratio);
    this.count = Math.max(1, Math.floor((size.width - RIGHT) * size.ratio) - left);
    this.left = left / size.ratio;
    this.right = (left + this.count) / size.ratio;
    this.width = sight.span / this.count;
    this.first = Math.ceil(sight.end / this.width) - this.count;
  }

  /** One behind the last column. */
  get next(): number {
    return this.first + this.count;
  }

  get start(): number {
    return this.first * this.width;
  }

  get end(): number {
    return this.next * this.width;
  }

  /** CSS px of a time. */
  x(time: number): number {
    return this.left + (time / this.width - this.first) / this.ratio;
  }

  /** The same at the left edge of its column. */
  crisp(time: number): number {
    return this.left + (Math.floor(time / this.width) - this.first) / this.ratio;
  }

  time(x: number): number {
    return (this.first + (x - this.left) * this.ratio) * this.width;
  }
}
