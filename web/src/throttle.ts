// Work that is not done more often than somebody can see.

const REFRESH = 100; // ms

/** A function that runs `work` soon: at once where it has rested, and otherwise once for all calls in `every` ms. */
export function throttled(work: () => void, every = REFRESH): () => void {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    timer = undefined;
    last = performance.now();
    work();
  };
  return () => {
    // A hidden page's timers are slow: a call that comes late enough does the work itself.
    const rest = last + every - performance.now();
    if (rest <= 0) {
      clearTimeout(timer);
      run();
    } else {
      timer ??= setTimeout(run, rest);
    }
  };
}
