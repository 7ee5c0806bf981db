import { loadsObject } from "./strict-json.js";

/** Why a token is not good, inside the verifier. */
export class Refusal extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

export const malformed = (): Refusal => new Refusal("malformed");
export const untrusted = (): Refusal => new Refusal("untrusted");

/** A token in the right form, of which nothing is known to be true. */
export interface UnverifiedToken {
  readonly algorithm: string;
  readonly kid: string;
  readonly tokenType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly signingInput: Buffer;
}

/**
 * Takes a token apart without believing any of it. There is one form: three parts, one
 * spelling, a header of three members.
 *
 * SPEC: RFC 7515 sections 3.1, 4.1 and 7.1; RFC 8725, narrowed.
 */
export function parse(token: string): UnverifiedToken {
  const parts = token.split(".");
  const [header, payload, signature] = parts.map(decodeBase64);
  if (parts.length !== 3 || !header?.length || !payload?.length || !signature?.length) {
    throw malformed();
  }
  const members = loadsObject(header);
  const [algorithm, kid, tokenType] = ["alg", "kid", "typ"].map((name) => members?.get(name));
  if (
    members?.size !== 3 ||
    typeof algorithm !== "string" ||
    typeof kid !== "string" ||
    typeof tokenType !== "string"
  ) {
    throw malformed();
  }
  const signingInput = Buffer.from(token.slice(0, token.lastIndexOf(".")));
  return { algorithm, kid, tokenType, payload, signature, signingInput };
}

/**
 * Decodes base64url without padding; undefined for what is none. Every value has one
 * spelling, and the library takes others too: so it is compared with its own.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const data = Buffer.from(text, "base64url");
  return data.toString("base64url") === text ? data : undefined;
}
