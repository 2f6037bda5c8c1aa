// Numbers that look random and are the same in each run.

export function draws(seed: number): { real(from: number, to: number): number; whole(from: number, to: number): number } {
  let state = seed * 2654435761 + 1;
  const next = (): number => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    state ^= state >> 13;
    return (state & 0xffffff) / 0x1000000;
  };
  const real = (from: number, to: number): number => from + next() * (to - from);
  return { real, whole: (from, to) => Math.floor(real(from, to + 1)) };
}
