/**
 * Verifies tokens of a Daypass deployment without asking it each time.
 *
 * It owns the strict reading of tokens, the keys that sign them, what is known of
 * revocations, and the memory of tokens that were seen. It makes no call for a token, and
 * does not know which roles and users have been deleted since: only a server does.
 */
export type { Parties } from "./judge.js";
export { JwksUrl } from "./source.js";
export type {
  ExchangedClaims,
  IdentityClaims,
  Party,
  SessionClaims,
  Verified,
  VerifierStatus,
} from "./values.js";
export { TokenVerifier, type VerifierOptions } from "./verifier.js";
