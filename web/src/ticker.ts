// A worker that ticks. Chromium calls the timers of a hidden page once a second
// and later once a minute, but not those of a worker.

const TICK = 10; // ms

setInterval(() => postMessage(0), TICK);
