// The archives of all series, and the bound on what they hold together: the
// oldest readings of all make room for new ones.

import { Archive } from "./archive";
import { CHUNK, type Chunk, slab } from "./chunk";

const MOST_READINGS = 1 << 20; // raw, in all: 16 MiB
const MOST_SLICES = 1 << 15; // of a tier, in all …
const LEAST_SLICES = 256; // … but so many of a series
const AHEAD = 3600e6; // µs: what so long a stream takes is set aside in its first seconds, so that memory does not grow for minutes
const KNOWN = 1e6; // µs of a stream, from which its rate is known
const AT_ONCE = 4; // pieces of memory that are set aside in one turn

export class Store {
  archives: Archive[] = [];
  readonly #make: () => Chunk[];
  readonly #spare: Chunk[] = [];

  /** `make` gives some empty chunks. */
  constructor(make = slab) {
    this.#make = make;
  }

  /** Has an archive for each of so many series. */
  grow(series: number): void {
    const slices = Math.max(LEAST_SLICES, Math.floor(MOST_SLICES / Math.max(4, series)));
    while (this.archives.length < series) this.archives.push(new Archive(() => this.#fresh(), slices));
  }

  clear(): void {
    this.archives = [];
  }

  #fresh(): Chunk {
    if (this.#spare.length === 0) this.#spare.push(...this.#make());
    return this.#spare.pop()!;
  }

  /** Makes room, if need be. */
  trim(): void {
    let held = this.count;
    while (held > MOST_READINGS) {
      let oldest: Archive | undefined;
      for (const archive of this.archives) if (archive.dueBefore(oldest)) oldest = archive;
      const before = oldest?.count ?? 0;
      const chunk = oldest?.evict();
      if (chunk === undefined) return;
      held -= before - oldest!.count;
      if (this.#spare.length < MOST_READINGS / CHUNK) this.#spare.push(chunk);
    }
  }

  /** Sets some memory aside for what will be held, as far as the rate tells; is called now and then, when there is time. */
  reserve(): void {
    const held = this.count;
    const lasted = this.newest - this.oldest;
    if (!(lasted >= KNOWN)) return;
    const needed = Math.min(MOST_READINGS, (held * AHEAD) / lasted) + CHUNK * this.archives.length; // whose last chunks are not full
    for (let i = 0; i < AT_ONCE && held + CHUNK * this.#spare.length < needed; i++) this.#spare.push(...this.#make());
  }

  get count(): number {
    let count = 0;
    for (const archive of this.archives) count += archive.count;
    return count;
  }

  /** The time of the oldest reading that anything is known of; NaN where nothing is. */
  get oldest(): number {
    return this.#extreme((archive) => archive.oldest, Math.min);
  }

  /** Since when all readings are raw. */
  get rawOldest(): number {
    return this.#extreme((archive) => archive.rawOldest, Math.min);
  }

  get newest(): number {
    return this.#extreme((archive) => archive.newest, Math.max);
  }

  #extreme(of: (archive: Archive) => number, choose: (a: number, b: number) => number): number {
    let found = NaN;
    for (const archive of this.archives) {
      const one = of(archive);
      if (!Number.isNaN(one)) found = Number.isNaN(found) ? one : choose(found, one);
    }
    return found;
  }
}
