// Timers that keep their pace in a hidden page: in a worker they are its own, and
// on a page they run on a worker's ticks.

interface Timer {
  due: number; // ms, of performance.now()
  every: number; // 0 is once
  call: () => void;
}

const timers = new Set<Timer>();
let worker: Worker | undefined;

function tick(): void {
  const now = performance.now();
  for (const timer of [...timers]) {
    if (timer.due > now || !timers.has(timer)) continue;
    if (timer.every === 0) timers.delete(timer);
    else timer.due = Math.max(timer.due + timer.every, now);
    timer.call();
  }
  if (timers.size === 0) {
    worker?.terminate();
    worker = undefined;
  }
}

function start(timer: Timer): () => void {
  if (typeof document === "undefined") {
    const { every, call } = timer;
    const id = every > 0 ? setInterval(call, every) : setTimeout(call, timer.due - performance.now());
    return () => clearTimeout(id); // which ends both
  }
  timers.add(timer);
  if (worker === undefined) {
    worker = new Worker("/assets/ticker.js", { type: "module" });
    worker.onmessage = tick;
  }
  return () => timers.delete(timer);
}

/** Calls back every so many ms (10 at the least), until the returned function is called. */
export function every(ms: number, call: () => void): () => void {
  return start({ due: performance.now() + ms, every: ms, call });
}

/** Calls back once after so many ms, unless the returned function is called before. */
export function after(ms: number, call: () => void): () => void {
  return start({ due: performance.now() + ms, every: 0, call });
}
