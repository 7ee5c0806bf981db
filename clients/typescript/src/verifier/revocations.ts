import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  Revocation_Scope,
  type WatchRevocationsResponse,
} from "../api/daypass/api/session/v1/session_service_pb.js";
import { CannotVouchError } from "../errors.js";
import { Refusal } from "./compact.js";

// Revocations that have run out are looked for once in this time.
const FORGET_PERIOD_MS = 60_000;
const HINT =
  "See status().lastError; following revocations takes daypass:WatchRevocations in an" +
  " account of the operators.";
const SCOPES: ReadonlyMap<Revocation_Scope, Scope> = new Map<Revocation_Scope, Scope>([
  [Revocation_Scope.SESSION, "session"],
  [Revocation_Scope.PRINCIPAL, "principal"],
  [Revocation_Scope.ACCOUNT, "account"],
  [Revocation_Scope.KEY, "key"],
  [Revocation_Scope.TOKEN, "token"],
]);

type Scope = "session" | "principal" | "account" | "key" | "token";

/** The scope of a revocation and the subject that it names, in one text. */
export type Name = `${Scope} ${string}`;

/** Returns a name. */
export function nameOf(scope: Scope, subject: string): Name {
  return `${scope} ${subject}`;
}

/** Where in the log a token was issued, and what ends it. */
export interface Origin {
  /** The log of its time, and how far that had been read. */
  readonly logId: string;
  readonly sequence: number;
  /** Ends it whatever its place in the log; undefined for none. */
  readonly ownName: Name | undefined;
  /** The ids of what it came of; each ends it behind its place, as does its account. */
  readonly ancestors: readonly string[];
  /** What else ends it behind its place. */
  readonly others: readonly Name[];
}

/** A message cannot be used: it names no place in a log, or revokes what is not known. */
export class UnusableNewsError extends Error {}

/**
 * What a verifier knows of revocations, and how old that is. It is told of messages and of
 * the time.
 *
 * SPEC: design 7; decision 0030.
 */
export class Revocations {
  readonly #ageMaxMs: number;
  readonly #revokedKeys = new Set<string>();
  #logId = "";
  #sequence = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #entries = new Map<Name, { sequence: number; keepMs: number }>();
  #newest = 0;
  #forgottenAt = Number.NEGATIVE_INFINITY;

  constructor(ageMaxMs: number) {
    this.#ageMaxMs = ageMaxMs;
  }

  /** The log that is followed, and how far it is known. */
  get place(): { logId: string; sequence: bigint } {
    return { logId: this.#logId, sequence: BigInt(this.#sequence) };
  }

  /** How many revocations are in force. */
  get count(): number {
    return this.#entries.size;
  }

  /**
   * Tells whether a key was revoked, in this log or in one before it.
   *
   * NOTE: keys are named by their digest, so that a name never comes back.
   */
  isRevokedKey(kid: string): boolean {
    return this.#revokedKeys.has(kid);
  }

  /** Tells whether the knowledge is older than it may be. */
  isStale(now: number): boolean {
    return now - this.#readAt > this.#ageMaxMs;
  }

  /** Returns how old the knowledge is; fails where it is not to be used. */
  ageMs(now: number): number {
    const age = now - this.#readAt;
    if (age === Number.POSITIVE_INFINITY) {
      throw new CannotVouchError("revocations_unknown", "Revocations are not known yet.", HINT);
    }
    if (age > this.#ageMaxMs) {
      throw new CannotVouchError(
        "revocations_stale",
        `Revocations were last read ${(age / 1_000).toFixed(1)} s ago, and` +
          ` ${this.#ageMaxMs / 1_000} s are allowed.`,
        HINT,
      );
    }
    return age;
  }

  /** Takes a message in, which was not sent before `sentAt` as far as that is known. */
  take(news: WatchRevocationsResponse, sentAt: number, now: Date): void {
    if (news.logId === "" || news.sequence < 0n) throw new UnusableNewsError("no place in a log");
    if (news.restart || news.logId !== this.#logId) this.#forgetAll(news.logId);
    for (const { scope, subject, sequence, keepTime } of news.revocations) {
      const word = SCOPES.get(scope);
      if (word === undefined || subject === "") {
        // Nothing is vouched for from then on.
        this.#forgetAll("");
        throw new UnusableNewsError("it revokes what is not known here");
      }
      const number = Number(sequence);
      this.#newest = Math.max(this.#newest, number);
      this.#entries.set(nameOf(word, subject), {
        sequence: number,
        keepMs: milliseconds(keepTime),
      });
      if (word === "key") this.#revokedKeys.add(subject);
    }
    this.#sequence = Number(news.sequence);
    if (!news.complete) return;
    const { seconds = 0n, nanos = 0 } = news.staleness ?? {};
    const staleness = Number(seconds) * 1_000 + nanos / 1_000_000;
    this.#readAt = Math.max(this.#readAt, sentAt - staleness);
    this.#forgetEnded(sentAt, now.getTime());
  }

  /**
   * Fails where a token was revoked, where what was revoked of its time is lost, and where
   * it was issued after what is known.
   */
  check(origin: Origin): void {
    if (origin.logId !== this.#logId) throw new Refusal("revoked");
    const isKnown = origin.ownName !== undefined && this.#entries.has(origin.ownName);
    // Most tokens are younger than the last revocation.
    if (isKnown || (this.#newest > origin.sequence && this.#ends(origin))) {
      throw new Refusal("revoked");
    }
    if (origin.sequence > this.#sequence) {
      throw new CannotVouchError(
        "revocations_behind",
        "The token was issued after what is known of revocations.",
        "Ask again in a second.",
      );
    }
  }

  #ends(origin: Origin): boolean {
    return namesOf(origin).some(
      (name) => (this.#entries.get(name)?.sequence ?? 0) > origin.sequence,
    );
  }

  #forgetAll(logId: string): void {
    this.#logId = logId;
    this.#sequence = 0;
    this.#newest = 0;
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#entries = new Map();
  }

  #forgetEnded(at: number, now: number): void {
    if (at - this.#forgottenAt < FORGET_PERIOD_MS) return;
    this.#forgottenAt = at;
    for (const [name, { keepMs }] of this.#entries) {
      if (keepMs <= now) this.#entries.delete(name);
    }
  }
}

/** Returns what ends a token where it was revoked behind its place. */
function namesOf(origin: Origin): Name[] {
  const found = [...origin.others];
  for (const ancestor of origin.ancestors) {
    const account = accountOf(ancestor);
    found.push(nameOf("session", ancestor));
    // What is no access key id is the id of a token.
    found.push(account === undefined ? nameOf("token", ancestor) : nameOf("account", account));
  }
  return found;
}

/**
 * Returns the account that an access key id carries, behind a set bit: 40 bits of account
 * and 39 of chance; undefined where it has none.
 */
function accountOf(accessKeyId: string): string | undefined {
  if (!/^[A-Z0-9]{4}[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
  let number = 0n;
  for (const character of accessKeyId.slice(4)) {
    number = number * 32n + BigInt("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(character));
  }
  const account = (number >> 39n) & (2n ** 40n - 1n);
  if (number >> 79n === 0n || account > 999_999_999_999n) return undefined;
  return account.toString().padStart(12, "0");
}

function milliseconds(time: Timestamp | undefined): number {
  return time === undefined ? 0 : timestampMs(time);
}
