// The Fourier transform of as many real numbers as a power of two: they are
// taken in pairs as half as many complex ones, and told apart afterwards.

/** What a transform gives: one complex number for each of size/2 + 1 frequencies, from 0 to the Nyquist frequency. */
export interface Transformed {
  re: Float64Array;
  im: Float64Array;
}

/** The transform of one size, with its tables. */
export class RealTransform {
  readonly size: number;
  readonly #half: number;
  readonly #cos: Float64Array; // of −2πk/size
  readonly #sin: Float64Array;
  readonly #places: Uint32Array; // where each pair goes: its index with the bits turned round

  constructor(size: number) {
    if (!(size >= 4) || (size & (size - 1)) !== 0) throw new RangeError(`${size} is no power of two from 4 up`);
    this.size = size;
    const half = (this.#half = size / 2);
    this.#cos = new Float64Array(half);
    this.#sin = new Float64Array(half);
    this.#places = new Uint32Array(half);
    for (let k = 0; k < half; k++) {
      this.#cos[k] = Math.cos((2 * Math.PI * k) / size);
      this.#sin[k] = -Math.sin((2 * Math.PI * k) / size);
      this.#places[k] = (this.#places[k >> 1]! >> 1) | (k & 1 ? half >> 1 : 0);
    }
  }

  /** Transforms `size` numbers; where there are fewer, the rest is 0. */
  of(numbers: Float64Array): Transformed {
    const half = this.#half;
    const re = new Float64Array(half + 1);
    const im = new Float64Array(half + 1);
    for (let k = 0; k < half; k++) {
      const place = this.#places[k]!;
      re[place] = numbers[2 * k] ?? 0;
      im[place] = numbers[2 * k + 1] ?? 0;
    }
    this.#combine(re, im);
    this.#part(re, im);
    return { re, im };
  }

  /** The complex transform of half the size, in place. */
  #combine(re: Float64Array, im: Float64Array): void {
    const half = this.#half;
    const cos = this.#cos;
    const sin = this.#sin;
    for (let width = 1, stride = half; width < half; width *= 2, stride /= 2) {
      for (let block = 0; block < half; block += 2 * width) {
        for (let a = block, k = 0; a < block + width; a++, k += stride) {
          const b = a + width;
          const c = cos[k]!;
          const s = sin[k]!;
          const x = re[b]! * c - im[b]! * s;
          const y = re[b]! * s + im[b]! * c;
          re[b] = re[a]! - x;
          im[b] = im[a]! - y;
          re[a]! += x;
          im[a]! += y;
        }
      }
    }
  }

  /** Tells the even numbers' transform from that of the odd ones, and joins the two. */
  #part(re: Float64Array, im: Float64Array): void {
    const half = this.#half;
    re[half] = re[0]! - im[0]!;
    re[0] = re[0]! + im[0]!;
    im[0] = im[half] = 0;
    for (let k = 1; k <= half / 2; k++) {
      const m = half - k;
      const evenRe = (re[k]! + re[m]!) / 2;
      const evenIm = (im[k]! - im[m]!) / 2;
      const oddRe = (im[k]! + im[m]!) / 2;
      const oddIm = (re[m]! - re[k]!) / 2;
      const x = oddRe * this.#cos[k]! - oddIm * this.#sin[k]!;
      const y = oddRe * this.#sin[k]! + oddIm * this.#cos[k]!;
      re[k] = evenRe + x;
      im[k] = evenIm + y;
      re[m] = evenRe - x;
      im[m] = y - evenIm;
    }
  }
}
