import { setTimeout as sleep } from "node:timers/promises";
import { KeyringService } from "../api/daypass/api/keyring/v1/keyring_service_pb.js";
import { SessionService } from "../api/daypass/api/session/v1/session_service_pb.js";
import { chance } from "../chance.js";
import { DaypassClient } from "../client.js";
import { bootMs, type Clock, systemClock } from "../clock.js";
import {
  ConfigurationError,
  DaypassError,
  failureOf,
  RejectedError,
  TokenRejectedError,
  UnavailableError,
} from "../errors.js";
import { Judge, type Parties } from "./judge.js";
import { KeyRing, type KeySet } from "./key-ring.js";
import { Revocations } from "./revocations.js";
import { JwksUrl, keySetOf, readKeySet } from "./source.js";
import type {
  ExchangedClaims,
  IdentityClaims,
  SessionClaims,
  Verified,
  VerifierStatus,
} from "./values.js";

const READY_TIMEOUT_MS = 10_000;
// Twice what a server allows itself by default, so that a verifier goes on through what a
// server goes on through.
const REVOCATION_AGE_MAX_MS = 10_000;
// A key set that cannot be renewed serves for so long.
const KEY_SET_AGE_MAX_MS = 3_600_000;
const KEY_SET_AGE_LIMIT_MS = 86_400_000;
// How far the clock of a server may be ahead of ours. It is never added to an end.
const CLOCK_TOLERANCE_MS = 5_000;
const CLOCK_TOLERANCE_MAX_MS = 60_000;
// A stream that breaks is opened again after a pause, which doubles each time.
const FOLLOW_PAUSE_MIN_MS = 100;
const FOLLOW_PAUSE_MAX_MS = 5_000;
// A server sends a key set every ten seconds; after so long without one this program
// slept, and what waits in the stream is old.
const HEARTBEATS_MISSED_MS = 30_000;

/** How a verifier works, where that is not as usual. */
export interface VerifierOptions {
  /**
   * How old the knowledge of revocations may be; ten seconds. Null does not follow them:
   * then identity tokens are verified, which cannot be revoked, and no others.
   */
  readonly revocationAgeMaxMs?: number | null;
  /** How old a key set may be that cannot be renewed; an hour. */
  readonly keySetAgeMaxMs?: number;
  /** How far the clock of a server may be ahead of ours; five seconds. */
  readonly clockToleranceMs?: number;
  /** The deployment whose sessions are taken; any whose keys are in the set. */
  readonly ringId?: string;
  /** Vouches for what can be revoked though nobody says whether it was. */
  readonly unsafeWithoutRevocations?: boolean;
  readonly clock?: Clock | undefined;
}

/**
 * Verifies tokens by what it knows; close it when done, and its client after it. No method
 * asks the server for a token; only a key that is not known is asked for, and once in ten
 * seconds at most.
 */
export class TokenVerifier {
  readonly #source: DaypassClient | JwksUrl;
  readonly #keys: KeyRing;
  readonly #revocations: Revocations | undefined;
  readonly #judge: Judge;
  readonly #clock: Clock;
  readonly #end = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #asking: Promise<void> | undefined;
  #keyError: unknown;
  #revocationError: unknown;
  #changed: () => void = () => undefined;

  /** Returns a verifier that follows what it verifies by, and knows enough. */
  static async start(
    source: DaypassClient | JwksUrl,
    options: VerifierOptions = {},
  ): Promise<TokenVerifier> {
    const verifier = new TokenVerifier(source, options);
    try {
      await verifier.#askForKeys();
      verifier.#follow();
      await verifier.#waitUntilReady();
      return verifier;
    } catch (error) {
      await verifier.close();
      throw error instanceof DaypassError ? error : notReady();
    }
  }

  private constructor(source: DaypassClient | JwksUrl, options: VerifierOptions) {
    const { revocationAgeMaxMs: age = REVOCATION_AGE_MAX_MS } = options;
    const { keySetAgeMaxMs = KEY_SET_AGE_MAX_MS, clockToleranceMs = CLOCK_TOLERANCE_MS } = options;
    const isBounded =
      keySetAgeMaxMs > 0 &&
      keySetAgeMaxMs <= KEY_SET_AGE_LIMIT_MS &&
      clockToleranceMs >= 0 &&
      clockToleranceMs <= CLOCK_TOLERANCE_MAX_MS &&
      (age === null || age > 0);
    if (!isBounded) throw new ConfigurationError("A bound of the verifier makes no sense.");
    if (source instanceof JwksUrl && age !== null) {
      throw new ConfigurationError(
        "A URL tells nothing of revocations.",
        "Set revocationAgeMaxMs to null, or give a client.",
      );
    }
    this.#source = source;
    this.#clock = options.clock ?? systemClock;
    this.#keys = new KeyRing(keySetAgeMaxMs);
    this.#revocations = age === null ? undefined : new Revocations(age);
    this.#judge = new Judge({
      keys: this.#keys,
      revocations: this.#revocations,
      unsafeWithoutRevocations: options.unsafeWithoutRevocations ?? false,
      clock: this.#clock,
      toleranceMs: clockToleranceMs,
      ringId: options.ringId,
    });
  }

  /** Follows no longer. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  /**
   * Returns what a good session token says; fails with a `TokenRejectedError` where it is
   * not good, and with a `CannotVouchError` where too little is known, or it is too old.
   */
  verifySessionToken(token: string): Promise<Verified<SessionClaims>> {
    return this.#verify(() => this.#judge.session(token));
  }

  /** Returns what a good token says that came of an exchange; see `verifySessionToken`. */
  verifyExchangedToken(token: string, parties: Parties): Promise<Verified<ExchangedClaims>> {
    return this.#verify(() => this.#judge.exchanged(token, parties));
  }

  /** Returns what a good identity token says; see `verifySessionToken`. */
  verifyIdentityToken(token: string, parties: Parties): Promise<Verified<IdentityClaims>> {
    return this.#verify(() => this.#judge.identity(token, parties));
  }

  /** Returns how the verifier fares. */
  status(): VerifierStatus {
    const now = bootMs();
    const isKnown = this.#revocations !== undefined && !this.#revocations.isStale(now);
    return {
      keyIds: this.#keys.keyIds,
      ignoredKeyIds: this.#keys.ignoredKeyIds,
      keySetAgeMs: this.#keys.ageMs(now),
      revocationViewAgeMs: isKnown ? this.#revocations?.ageMs(now) : undefined,
      revocations: this.#revocations?.count ?? 0,
      lastError: this.#lastError,
    };
  }

  get #lastError(): unknown {
    return this.#revocationError ?? this.#keyError;
  }

  /** Judges, and once more where a key was not known and has been asked for. */
  async #verify<C>(judged: () => Verified<C>): Promise<Verified<C>> {
    try {
      return judged();
    } catch (error) {
      const isUnknown = error instanceof TokenRejectedError && error.reason === "unknown_key";
      if (!isUnknown) throw error;
      // Whoever comes while somebody asks waits for that answer, and asks nothing.
      if (this.#asking === undefined && this.#keys.mayAsk(bootMs())) {
        this.#asking = this.#askForKeys().finally(() => {
          this.#asking = undefined;
        });
      }
      try {
        await this.#asking;
      } catch (failure) {
        this.#keyError = failure;
        throw error;
      }
      return judged();
    }
  }

  async #askForKeys(): Promise<void> {
    const askedAt = bootMs();
    const source = this.#source;
    this.#takeKeys(
      await (source instanceof DaypassClient ? keySetOf(source) : source.fetch()),
      askedAt,
    );
  }

  #takeKeys(set: KeySet, readAt: number, version?: bigint): void {
    this.#keys.take(set, readAt, version);
    this.#keyError = undefined;
    this.#changed();
  }

  #follow(): void {
    const source = this.#source;
    const followers = [
      this.#repeat(
        source instanceof DaypassClient
          ? (wentWell) => this.#readKeySets(source, wentWell)
          : undefined,
        (error) => {
          this.#keyError = error;
        },
      ),
    ];
    if (source instanceof DaypassClient && this.#revocations !== undefined) {
      const known = this.#revocations;
      followers.push(
        this.#repeat(
          (wentWell) => this.#readRevocations(source, known, wentWell),
          (error) => {
            this.#revocationError = error;
          },
        ),
      );
    }
    this.#running = Promise.all(followers);
  }

  /**
   * Reads one stream after the other until the end, with pauses between them. Without a
   * stream, or where it is refused, the key set is asked for now and then.
   */
  async #repeat(
    read: ((wentWell: () => void) => Promise<void>) | undefined,
    failed: (error: unknown) => void,
  ): Promise<void> {
    const { signal } = this.#end;
    let failures = 0;
    let stream = read;
    while (!signal.aborted) {
      try {
        if (stream !== undefined) {
          await stream(() => {
            failures = 0;
          });
        } else {
          await this.#sleep(this.#keys.pollMs);
          if (!signal.aborted) await this.#askForKeys();
        }
      } catch (error) {
        if (signal.aborted) return;
        failed(error);
        this.#changed();
        // Whoever may not follow the key set may ask for it.
        if (error instanceof RejectedError && this.#keyError === error) stream = undefined;
      }
      const pause = Math.min(
        FOLLOW_PAUSE_MIN_MS * 2 ** Math.min(failures++, 10),
        FOLLOW_PAUSE_MAX_MS,
      );
      await this.#sleep(pause * (0.5 + chance() / 2));
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#end;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async #readKeySets(client: DaypassClient, wentWell: () => void): Promise<void> {
    const openedAt = bootMs();
    const stream = client.watch(KeyringService.method.watchKeySet, {}, this.#end.signal);
    for await (const news of stream) {
      wentWell();
      const now = bootMs();
      const slept =
        now - openedAt > HEARTBEATS_MISSED_MS && this.#keys.ageMs(now) > HEARTBEATS_MISSED_MS;
      this.#takeKeys(readKeySet(news), slept ? openedAt : now, news.version);
      if (slept) return;
    }
  }

  /**
   * Follows one stream from where an earlier one has ended. It ends where this program
   * slept for longer than its knowledge may be old: what waits in the stream is then as old
   * as that, whatever it says of itself, and another stream is asked.
   */
  async #readRevocations(
    client: DaypassClient,
    known: Revocations,
    wentWell: () => void,
  ): Promise<void> {
    const openedAt = bootMs();
    let first = true;
    const { watchRevocations } = SessionService.method;
    for await (const news of client.watch(watchRevocations, known.place, this.#end.signal)) {
      const now = bootMs();
      const slept = !first && known.isStale(now);
      // NOTE: the first message was sent after the stream was opened, and no other bound of
      // its time is known; where all goes well the rest come at once.
      known.take(news, first || slept ? openedAt : now, this.#clock.now());
      this.#revocationError = undefined;
      first = first && !news.complete;
      wentWell();
      this.#changed();
      if (slept && news.complete) return;
    }
  }

  async #waitUntilReady(): Promise<void> {
    const end = bootMs() + READY_TIMEOUT_MS;
    while (!this.#isReady()) {
      if (this.#lastError instanceof RejectedError) throw this.#lastError;
      const left = end - bootMs();
      if (left <= 0) throw this.#lastError ?? notReady();
      await this.#change(left);
    }
  }

  /** Waits until something has come or failed, or the time is up. */
  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #isReady(): boolean {
    const isStale = this.#revocations?.isStale(bootMs()) ?? false;
    return this.#keys.keyIds.length > 0 && !isStale;
  }
}

function notReady(): UnavailableError {
  return new UnavailableError(
    failureOf(
      "UNAVAILABLE",
      "VerifierNotReady",
      "The verifier has not heard of keys or revocations in time",
    ),
  );
}
