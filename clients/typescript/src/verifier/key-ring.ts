import { CannotVouchError } from "../errors.js";
import { KEY_MEMBERS, loadKey, type PublicKey, type VerifyingKey } from "./keys.js";
import { type Json, loadsObject } from "./strict-json.js";

const KEYS_MAX = 100;
// A key set is asked for at most so often because of keys that it does not have.
const COOLDOWN_MS = 10_000;
// How long a key set is kept where it does not say, and what it may say.
const KEPT_MS = 300_000;
const KEPT_MIN_MS = 10_000;
const KEPT_MAX_MS = 3_600_000;
// What only a private or a symmetric key has: a set that shows one is not to be used.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** A key set is not one that may be used. */
export class InvalidKeySetError extends Error {}

/** A key set as it came, and how long it may be kept. */
export interface KeySet {
  readonly keys: readonly PublicKey[];
  readonly maxAgeMs: number;
}

/**
 * The keys of a verifier: which there are, and how old that knowledge is. It is told of
 * key sets and of the time.
 */
export class KeyRing {
  readonly #ageMaxMs: number;
  #keys: ReadonlyMap<string, VerifyingKey> = new Map();
  #published: ReadonlyMap<string, PublicKey> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #maxAgeMs = KEPT_MS;
  #version = 0n;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(ageMaxMs: number) {
    this.#ageMaxMs = ageMaxMs;
  }

  /** The names of the keys. */
  get keyIds(): string[] {
    return [...this.#keys.keys()];
  }

  /** The names of published keys that are not used. */
  get ignoredKeyIds(): string[] {
    return [...this.#published.keys()].filter((kid) => !this.#keys.has(kid));
  }

  /** How long to wait before the key set is asked for again. */
  get pollMs(): number {
    return clamp(this.#maxAgeMs) / 2;
  }

  /** Returns how old the set is. */
  ageMs(now: number): number {
    return now - this.#readAt;
  }

  /** Returns a key by its name, byte by byte. */
  get(kid: string): VerifyingKey | undefined {
    return this.#keys.get(kid);
  }

  /** Takes a key set in, unless it is older than the ring that is known. */
  take(set: KeySet, readAt: number, version = 0n): void {
    const published = new Map(set.keys.map((key) => [key.kid, key]));
    if (published.size !== set.keys.length || published.size > KEYS_MAX) {
      throw new InvalidKeySetError("two keys have one name, or there are too many");
    }
    if (version > 0n && version < this.#version) return;
    const keys = new Map<string, VerifyingKey>();
    for (const [kid, key] of published) {
      // Those that are known already are not loaded again.
      const known = isSame(this.#published.get(kid), key) ? this.#keys.get(kid) : undefined;
      const loaded = known ?? loadKey(key);
      if (loaded !== undefined) keys.set(kid, loaded);
    }
    this.#keys = keys;
    this.#published = published;
    this.#readAt = Math.max(this.#readAt, readAt);
    this.#maxAgeMs = set.maxAgeMs > 0 ? set.maxAgeMs : KEPT_MS;
    if (version > this.#version) this.#version = version;
  }

  /** Tells, once in a cool-down, that a key that is not known may be asked for. */
  mayAsk(now: number): boolean {
    if (now - this.#askedAt < COOLDOWN_MS) return false;
    this.#askedAt = now;
    return true;
  }

  /** Fails where the set is older than it may be. */
  check(now: number): void {
    const age = this.ageMs(now);
    if (age === Number.POSITIVE_INFINITY) {
      throw new CannotVouchError("keys_unknown", "The key set is not known yet.");
    }
    if (age > this.#ageMaxMs) {
      throw new CannotVouchError(
        "keys_stale",
        `The key set was last read ${Math.round(age / 1_000)} s ago, and` +
          ` ${this.#ageMaxMs / 1_000} s are allowed.`,
      );
    }
  }
}

/**
 * Reads a JSON Web Key Set. Keys of other algorithms are left to who uses them.
 *
 * SPEC: RFC 7517 sections 4 and 5; RFC 9111 section 5.2.2.1.
 */
export function parseKeySet(data: Uint8Array, cacheControl: string): KeySet {
  const entries = loadsObject(data)?.get("keys");
  if (!Array.isArray(entries)) throw new InvalidKeySetError("there are no keys");
  const told = /(?:^|,)\s*max-age=([0-9]{1,9})\s*(?:,|$)/.exec(cacheControl)?.[1];
  return {
    keys: entries.map(parseKey),
    maxAgeMs: told === undefined ? KEPT_MS : clamp(Number(told) * 1_000),
  };
}

function parseKey(entry: Json): PublicKey {
  if (!(entry instanceof Map) || SECRET_MEMBERS.some((name) => entry.has(name))) {
    throw new InvalidKeySetError("an entry is no public key");
  }
  const operations = entry.get("key_ops") ?? ["verify"];
  if (!Array.isArray(operations)) {
    throw new InvalidKeySetError("the operations of a key are no list");
  }
  const members = KEY_MEMBERS.map((name) => {
    const text = entry.get(name) ?? "";
    if (typeof text !== "string" || entry.get(name) === null) {
      throw new InvalidKeySetError("a member of a key is no text");
    }
    // Without the operation it stays in the set, as a key that nothing is verified with.
    return [name, name === "use" && !operations.includes("verify") ? "" : text] as const;
  });
  return Object.fromEntries(members) as PublicKey;
}

function isSame(left: PublicKey | undefined, right: PublicKey): boolean {
  return left !== undefined && KEY_MEMBERS.every((name) => left[name] === right[name]);
}

function clamp(kept: number): number {
  return Math.min(Math.max(kept, KEPT_MIN_MS), KEPT_MAX_MS);
}
