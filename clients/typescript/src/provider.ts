import { chance } from "./chance.js";
import { type Clock, SteadyClock, systemClock } from "./clock.js";
import type { Credentials } from "./credentials.js";
import { UnavailableError } from "./errors.js";

// Credentials are renewed when a quarter of their time is left, or five minutes where that
// is less; by chance up to twice as early, so that programs that started together do not
// ask together.
const MARGIN_MAX_MS = 300_000;
const MARGIN_DIVISOR = 4;
// While the service is away it is asked once in this time; by chance up to twice as long.
const REFRESH_PAUSE_MS = 10_000;

/**
 * The credentials of one identity, renewed before they end.
 *
 * However many ask, one request is made at a time. Who finds that a renewal is due waits
 * for it; the others get what is held, and wait only where that has ended. While the
 * service is away what is held serves to its end, and never longer. A refusal counts at
 * once.
 */
export class RefreshingCredentials {
  readonly #obtain: () => Promise<Credentials>;
  readonly #clock: SteadyClock;
  #held: Credentials | undefined;
  #renewAt: number | undefined;
  #request: Promise<Credentials> | undefined;

  /**
   * @param obtain gets new credentials, with a deadline of its own.
   * @param clock tells when credentials end.
   */
  constructor(obtain: () => Promise<Credentials>, clock: Clock = systemClock) {
    this.#obtain = obtain;
    this.#clock = new SteadyClock(clock);
  }

  /** Returns credentials that have not ended. */
  async credentials(): Promise<Credentials> {
    const now = this.#clock.now().getTime();
    const alive = this.#alive(now);
    const due = this.#renewAt !== undefined && this.#renewAt <= now;
    if (alive !== undefined && (!due || this.#request !== undefined)) return alive;
    this.#request ??= this.#ask().finally(() => {
      this.#request = undefined;
    });
    return this.#request;
  }

  /** Gives up credentials that a server has refused, as revoked ones are. */
  discard(credentials: Credentials): void {
    if (this.#held?.accessKeyId === credentials.accessKeyId) this.#give();
  }

  async #ask(): Promise<Credentials> {
    try {
      const found = await this.#obtain();
      // They count as good whatever the clock says, so that a clock that is wrong by hours
      // ends in a refusal of the server and not in a loop.
      this.#held = found;
      this.#renewAt = renewTime(found, this.#clock.note().getTime(), chance());
      return found;
    } catch (error) {
      const now = this.#clock.now().getTime();
      if (error instanceof UnavailableError) {
        this.#renewAt = now + REFRESH_PAUSE_MS * (1 + chance());
      } else {
        this.#give();
      }
      const alive = this.#alive(now);
      if (alive !== undefined) return alive;
      throw error;
    }
  }

  #give(): void {
    this.#held = undefined;
    this.#renewAt = undefined;
  }

  #alive(now: number): Credentials | undefined {
    const end = this.#held?.expiration?.getTime();
    return end !== undefined && end <= now ? undefined : this.#held;
  }
}

/** Returns when credentials obtained now are to be replaced; undefined for never. */
export function renewTime(
  credentials: Credentials,
  now: number,
  share: number,
): number | undefined {
  if (credentials.expiration === undefined) return undefined;
  const end = credentials.expiration.getTime();
  return end - Math.min((end - now) / MARGIN_DIVISOR, MARGIN_MAX_MS) * (1 + share);
}
