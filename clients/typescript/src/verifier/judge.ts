import { createHash } from "node:crypto";
import { bootMs, type Clock } from "../clock.js";
import { CannotVouchError, TokenRejectedError } from "../errors.js";
import { Claims } from "./claims.js";
import { malformed, parse, Refusal, type UnverifiedToken, untrusted } from "./compact.js";
import type { KeyRing } from "./key-ring.js";
import type { VerifyingKey } from "./keys.js";
import { Memory } from "./memory.js";
import { readExchanged, readIdentity, readSession } from "./read-claims.js";
import type { Origin, Revocations } from "./revocations.js";
import type { ExchangedClaims, IdentityClaims, SessionClaims, Verified } from "./values.js";

// Longer text is refused before anything reads it.
const TOKEN_CHARACTERS_MAX = 8_192;
const IDENTITY_TOKEN_CHARACTERS_MAX = 24_576;
// Tokens whose signature is remembered, of each kind; a few KiB each.
const REMEMBERED_MAX = 16_384;

/** A token that a key has vouched for. */
interface Seen<C> {
  readonly claims: C;
  readonly key: VerifyingKey;
  readonly origin: Origin | undefined;
  readonly beginMs: number;
}

/** Of whom a token must be, to the letter, and whom it must be for. */
export interface Parties {
  readonly issuer: string;
  /** Who we are. */
  readonly audience: string;
}

/** What a judge goes by. */
export interface Knowledge {
  readonly keys: KeyRing;
  /** Undefined where they are not followed. */
  readonly revocations: Revocations | undefined;
  readonly unsafeWithoutRevocations: boolean;
  readonly clock: Clock;
  readonly toleranceMs: number;
  readonly ringId: string | undefined;
}

/**
 * Judges tokens by what is known. It makes no call and waits for nothing. Signature, kind
 * and claims of a token are looked at once and remembered by a digest of every byte of it;
 * times, the life of its key, revocations and freshness every time.
 *
 * SPEC: design 6; RFC 8725.
 */
export class Judge {
  readonly #known: Knowledge;
  readonly #sessions = new Memory<Seen<SessionClaims>>(REMEMBERED_MAX);
  readonly #exchanged = new Memory<Seen<ExchangedClaims>>(REMEMBERED_MAX);
  readonly #identities = new Memory<Seen<IdentityClaims>>(REMEMBERED_MAX);

  constructor(known: Knowledge) {
    this.#known = known;
  }

  session(token: string): Verified<SessionClaims> {
    return told(() => {
      const seen = remembered(token, TOKEN_CHARACTERS_MAX, this.#sessions, (parsed) => {
        if (parsed.tokenType !== "daypass-session+jwt") throw new Refusal("not_a_session_token");
        const [key, members] = this.#vouched(parsed);
        const [claims, origin] = readSession(members);
        const { ringId } = this.#known;
        if (ringId !== undefined && claims.ringId !== ringId) throw untrusted();
        return { claims, key, origin, beginMs: claims.issueTime.getTime() };
      });
      return this.#inForce(seen);
    });
  }

  exchanged(token: string, parties: Parties): Verified<ExchangedClaims> {
    return told(() => {
      const seen = remembered(token, TOKEN_CHARACTERS_MAX, this.#exchanged, (parsed) => {
        const { tokenType } = parsed;
        const other = new Refusal("not_an_exchanged_token");
        if (tokenType !== "at+jwt" && tokenType !== "JWT") throw other;
        const [key, members] = this.#vouched(parsed);
        if (!members.has("token_use")) throw other;
        const [claims, origin] = readExchanged(members, tokenType);
        return { claims, key, origin, beginMs: claims.issueTime.getTime() };
      });
      checkParties(seen.claims, parties);
      return this.#inForce(seen);
    });
  }

  identity(token: string, parties: Parties): Verified<IdentityClaims> {
    return told(() => {
      const seen = remembered(token, IDENTITY_TOKEN_CHARACTERS_MAX, this.#identities, (parsed) => {
        if (parsed.tokenType !== "JWT") throw new Refusal("not_an_identity_token");
        const [key, members] = this.#vouched(parsed);
        const [claims, begin] = readIdentity(members);
        return { claims, key, origin: undefined, beginMs: begin.getTime() };
      });
      checkParties(seen.claims, parties);
      return this.#inForce(seen);
    });
  }

  /** Returns the key of a token and its claims, once it has vouched for the bytes. */
  #vouched(token: UnverifiedToken): [VerifyingKey, Claims] {
    this.#known.keys.check(bootMs());
    const key = this.#known.keys.get(token.kid);
    if (key === undefined || this.#isRevoked(key)) throw new Refusal("unknown_key");
    if (key.algorithm !== token.algorithm || !key.verifies(token.signature, token.signingInput)) {
      throw untrusted();
    }
    return [key, Claims.of(token.payload)];
  }

  /** Looks at what may change, and answers. */
  #inForce<C extends { readonly expireTime: Date }>(seen: Seen<C>): Verified<C> {
    const { keys, revocations, clock, toleranceMs } = this.#known;
    const now = bootMs();
    keys.check(now);
    if (keys.get(seen.key.kid) !== seen.key) throw new Refusal("unknown_key");
    const time = clock.now().getTime();
    if (seen.claims.expireTime.getTime() <= time) throw new Refusal("expired");
    if (seen.beginMs > time + toleranceMs) throw new Refusal("not_yet_valid");
    if (revocations === undefined) {
      this.#requireNoOrigin(seen.origin);
      return { claims: seen.claims, revocationViewAgeMs: undefined };
    }
    const age = revocations.ageMs(now);
    if (this.#isRevoked(seen.key)) throw new Refusal("unknown_key");
    if (seen.origin !== undefined) revocations.check(seen.origin);
    return { claims: seen.claims, revocationViewAgeMs: age };
  }

  #isRevoked(key: VerifyingKey): boolean {
    return this.#known.revocations?.isRevokedKey(key.kid) ?? false;
  }

  /** Refuses what can be revoked where nobody says whether it was. */
  #requireNoOrigin(origin: Origin | undefined): void {
    if (origin !== undefined && !this.#known.unsafeWithoutRevocations) {
      throw new CannotVouchError(
        "revocations_not_followed",
        "This verifier does not follow revocations, and the token may be revoked.",
        "Give the verifier a client, or ask verifyToken.",
      );
    }
  }
}

function remembered<C>(
  token: string,
  charactersMax: number,
  memory: Memory<Seen<C>>,
  vouch: (parsed: UnverifiedToken) => Seen<C>,
): Seen<C> {
  if (token.length > charactersMax) throw malformed();
  const digest = createHash("sha256").update(token).digest("base64");
  const known = memory.get(digest);
  if (known !== undefined) return known;
  const seen = vouch(parse(token));
  memory.put(digest, seen);
  return seen;
}

function checkParties(
  claims: { readonly issuer: string; readonly audiences: readonly string[] },
  parties: Parties,
): void {
  if (claims.issuer !== parties.issuer) throw new Refusal("wrong_issuer");
  if (!claims.audiences.includes(parties.audience)) throw new Refusal("wrong_audience");
}

/** Turns a refusal into the error that callers see. */
function told<T>(judged: () => T): T {
  try {
    return judged();
  } catch (error) {
    if (error instanceof Refusal) throw new TokenRejectedError(error.reason);
    throw error;
  }
}
