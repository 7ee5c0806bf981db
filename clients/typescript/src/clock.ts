import { performance } from "node:perf_hooks";

/** Tells the time of day. */
export interface Clock {
  now(): Date;
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => new Date() };

const begun = Date.now() - performance.now();
let slept = 0;

/**
 * Tells milliseconds from an arbitrary start, in which the machine may have slept.
 *
 * The clock of Node.js stands still while the machine sleeps, and the clock on the wall
 * does not. By how much that one has got ahead counts as sleep; where somebody has set
 * it forward, what is known merely counts as older than it is.
 */
export function bootMs(): number {
  const now = performance.now();
  slept = Math.max(slept, Date.now() - begun - now);
  return now + slept;
}

/**
 * A clock that does not go back behind a time that was noted: what was obtained for a
 * quarter of an hour ends after a quarter of an hour, though somebody sets the clock
 * back meanwhile. A clock that is set forward is believed.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #noted: { time: number; at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the time of day, and begins to count from it. */
  note(): Date {
    const now = this.#clock.now();
    this.#noted = { time: now.getTime(), at: performance.now() };
    return now;
  }

  /** Returns the time of day, or what it must be by now, whichever is later. */
  now(): Date {
    const now = this.#clock.now().getTime();
    if (this.#noted === undefined) return new Date(now);
    return new Date(Math.max(now, this.#noted.time + performance.now() - this.#noted.at));
  }
}
