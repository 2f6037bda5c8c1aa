// How another's clock stands to this one's, as NTP measures it (RFC 5905,
// section 8), by the times in beats and acks; the twin of clock.go.

const SAMPLES = 16; // the best of so many counts: a queue makes a round trip longer and wrong, never shorter
const LONGEST_TRIP = 60e6; // µs; one of the clocks was set meanwhile
const SLACK = 20e3; // µs by which two measurements may contradict each other; beyond, a clock was set

export interface Times {
  time?: number; // µs since 1970, of who sent it
  echo?: number; // the time of the other end's last message
  held?: number; // µs since that came
}

export interface Measured {
  ahead: number; // µs that the other clock is ahead of this one
  trip: number; // µs of the round trip; half of it bounds the error
}

/** The time in µs since 1970, steady: nothing sets it while the page lives. */
export function micros(): number {
  return (performance.timeOrigin + performance.now()) * 1e3;
}

export class Clock {
  readonly #now: () => number;
  #samples: Measured[] = [];
  #time = 0; // of the other's last message
  #heard = 0; // when it came

  constructor(now: () => number = micros) {
    this.#now = now;
  }

  /** What goes into a message that is about to be sent. */
  stamp(): Times {
    const now = this.#now();
    return { time: Math.round(now), ...(this.#time !== 0 && { echo: this.#time, held: Math.round(now - this.#heard) }) };
  }

  /** Takes the times of a message that has just come. */
  hear({ time, echo, held = 0 }: Times): void {
    if (time === undefined || time === 0) return;
    const now = this.#now();
    [this.#time, this.#heard] = [time, now];
    if (echo === undefined || echo === 0) return;
    const trip = now - echo - held;
    if (!(trip >= 0 && trip <= LONGEST_TRIP)) return;
    const sample = { ahead: time + trip / 2 - now, trip };
    this.#samples = this.#samples.filter((one) => Math.abs(one.ahead - sample.ahead) <= (one.trip + trip) / 2 + SLACK);
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** Undefined before two messages have crossed. */
  get measured(): Measured | undefined {
    let best = this.#samples[0];
    for (const one of this.#samples) if (best !== undefined && one.trip < best.trip) best = one;
    return best;
  }

  /** How many µs a message that was sent at the other's time was under way until now. */
  way(sent: number): number | undefined {
    const best = this.measured;
    return best && Math.max(0, this.#now() - (sent - best.ahead));
  }
}
