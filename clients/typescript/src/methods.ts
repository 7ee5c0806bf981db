import type { Repetition } from "./retry.js";

const STS = "/daypass.api.sts.v1.SecurityTokenService/";
const TOKENS = "/daypass.api.token.v1.TokenService/";
const KEYRING = "/daypass.api.keyring.v1.KeyringService/";

// Operations whose own request is their proof, or that need none.
const UNSIGNED = new Set([
  `${STS}AssumeRoleWithWebIdentity`,
  `${STS}AssumeRoleWithSAML`,
  `${KEYRING}GetKeySet`,
]);

// Operations that may not be made again whenever that could help.
const REPETITIONS: ReadonlyMap<string, Repetition> = new Map<string, Repetition>([
  [`${STS}AssumeRole`, "scarce"],
  [`${STS}BatchAssumeRole`, "scarce"],
  [`${STS}AssumeRoleWithWebIdentity`, "scarce"],
  [`${STS}AssumeRoleWithSAML`, "never"],
  [`${STS}AssumeRoot`, "scarce"],
  [`${STS}GetSessionToken`, "scarce"],
  [`${STS}GetFederationToken`, "scarce"],
  [`${STS}GetWebIdentityToken`, "scarce"],
  [`${STS}GetDelegatedAccessToken`, "never"],
  [`${TOKENS}CreateTradeInToken`, "scarce"],
  [`${TOKENS}ExchangeToken`, "scarce"],
  [`${KEYRING}RotateKeys`, "never"],
]);

/** Tells whether a call needs credentials. */
export function isSigned(method: string): boolean {
  return !UNSIGNED.has(method);
}

/** Says when a call may be made again: never with the code of a second factor. */
export function repetitionOf(method: string, request: object): Repetition {
  const hasCode = (value: object) => "tokenCode" in value && Boolean(value.tokenCode);
  const parts = "requests" in request && Array.isArray(request.requests) ? request.requests : [];
  if (hasCode(request) || parts.some(hasCode)) return "never";
  return REPETITIONS.get(method) ?? "free";
}
