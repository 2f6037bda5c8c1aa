// The archives of all series, and the bound on what they hold together: the
// oldest readings of all make room for new ones.

import { Archive } from "./archive";
import { CHUNK, Chunk } from "./chunk";

const MOST_READINGS = 1 << 20; // raw, in all: 16 MiB
const MOST_SLICES = 1 << 15; // of a tier, in all …
const LEAST_SLICES = 256; // … but so many of a series
const AHEAD = 3600e6; // µs: what so long a stream takes is set aside in its first seconds, so that memory does not grow for minutes
const AT_ONCE = 8; // chunks that are set aside in one turn

export class Store {
  archives: Archive[] = [];
  readonly #make: () => Chunk;
  readonly #spare: Chunk[] = [];

  /** `make` gives empty chunks. */
  constructor(make = () => new Chunk()) {
    this.#make = make;
  }

  /** Has an archive for each of so many series. */
  grow(series: number): void {
    const slices = Math.max(LEAST_SLICES, Math.floor(MOST_SLICES / Math.max(4, series)));
    while (this.archives.length < series) this.archives.push(new Archive(() => this.#spare.pop() ?? this.#make(), slices));
  }

  clear(): void {
    this.archives = [];
  }

  /** Makes room, if need be, and sets some aside. */
  trim(): void {
    let held = this.count;
    this.#reserve(held);
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

  /** Makes chunks for what will be held besides so many readings, as far as their rate tells. */
  #reserve(held: number): void {
    if (held + CHUNK * this.#spare.length >= MOST_READINGS) return;
    const needed = Math.min(MOST_READINGS, (held * AHEAD) / (this.newest - this.oldest)); // NaN or too many of a single moment
    for (let i = 0; i < AT_ONCE && held + CHUNK * this.#spare.length < needed; i++) this.#spare.push(this.#make());
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
