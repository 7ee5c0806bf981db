import { chance } from "./chance.js";
import type { CallError } from "./errors.js";

// One call and four repetitions: with the pauses below that is under a second.
const ATTEMPTS_MAX = 5;
// In place of a worker that has just ended another one answers at once.
const PAUSE_FIRST_MS = 10;
const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 1_000;
const SPREAD = 0.2;
const BUDGET = 10;
const PER_SUCCESS = 0.1;

/**
 * When a call may be made again after a failure that may pass: `free` whenever the server
 * is away, or busy and says when to come back; `scarce` only when it is away, because the
 * call issues something new each time; `never` where it carries a proof that is good for
 * once.
 */
export type Repetition = "free" | "scarce" | "never";

/**
 * What the calls of one client may spend on repetitions together. Where half of them fail
 * nothing is repeated, so that clients do not hold down a server that struggles.
 */
export class RetryBudget {
  #tokens = BUDGET;

  /** Takes note of a failure, and says whether there is enough left. */
  failed(): boolean {
    this.#tokens = Math.max(0, this.#tokens - 1);
    return this.#tokens > BUDGET / 2;
  }

  /** Takes note of a success, which earns back a part of a repetition. */
  succeeded(): void {
    this.#tokens = Math.min(BUDGET, this.#tokens + PER_SUCCESS);
  }
}

/** Returns the milliseconds to pause before the next attempt; undefined for no more. */
export function pauseAfter(
  error: CallError,
  failures: number,
  repetition: Repetition,
  budget: RetryBudget,
): number | undefined {
  if (!mayPass(error, repetition) || !budget.failed() || failures >= ATTEMPTS_MAX) {
    return undefined;
  }
  if (error.retryDelayMs !== undefined) return error.retryDelayMs;
  const pause =
    failures === 1 ? PAUSE_FIRST_MS : Math.min(PAUSE_MIN_MS * 2 ** (failures - 2), PAUSE_MAX_MS);
  return pause * (1 + SPREAD * (2 * chance() - 1));
}

// NOTE: without a time to come back, RESOURCE_EXHAUSTED is of gRPC itself or of a proxy,
// for a message that will be too large each time.
function mayPass(error: CallError, repetition: Repetition): boolean {
  if (repetition === "never") return false;
  if (error.code === "UNAVAILABLE") return true;
  const busy = error.code === "RESOURCE_EXHAUSTED" && error.retryDelayMs !== undefined;
  return busy && repetition === "free";
}
