// Bundles that are not needed at once.

/** Loads one. It throws where the hub is not reached. */
export function bundle<T>(name: string): Promise<T> {
  const script = `/assets/${name}.js`; // not a literal, which would be bundled here
  return import(script) as Promise<T>;
}
