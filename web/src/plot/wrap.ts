/** Where an index, which may be below 0 and larger than the operators on integers allow, is in a ring. */
export function wrap(index: number, length: number): number {
  const rest = index % length;
  return rest < 0 ? rest + length : rest;
}
