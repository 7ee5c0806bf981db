import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { decodeBase64 } from "./compact.js";
import { isSafePublicKey } from "./edwards.js";

// Servers name keys by 43 characters.
const KEY_ID_CHARACTERS_MAX = 128;
// Servers make keys of 3,072 bits; shorter ones are weak, longer ones slow.
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 4_096;
// What half the order of each curve is: of two signatures that would both verify only one
// is taken, that with the smaller s, as every server signs.
const HALF_ORDERS = {
  "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n,
  "P-384":
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n /
    2n,
} as const;

const MEMBERS = ["kid", "kty", "alg", "use", "crv", "x", "y", "n", "e"] as const;

/** A key as a key set has it; what it does not have is empty. */
export type PublicKey = Readonly<Record<(typeof MEMBERS)[number], string>>;

/** The names of its members. */
export const KEY_MEMBERS: readonly (keyof PublicKey)[] = MEMBERS;

/** A public key that may be used, bound to the one algorithm that it verifies. */
export interface VerifyingKey {
  readonly kid: string;
  readonly algorithm: string;
  verifies(signature: Uint8Array, message: Uint8Array): boolean;
}

/**
 * Loads a key; undefined where it is of no algorithm of the closed list, or is unsafe.
 *
 * SPEC: RFC 7518 sections 3.1, 3.3, 3.4 and 6; RFC 8037 section 3.1; FIPS 186-5.
 */
export function loadKey(key: PublicKey): VerifyingKey | undefined {
  if (key.use !== "sig" || key.kid === "" || key.kid.length > KEY_ID_CHARACTERS_MAX) {
    return undefined;
  }
  const verifies = LOADERS[`${key.alg} ${key.kty} ${key.crv}`]?.(key);
  return verifies && { kid: key.kid, algorithm: key.alg, verifies };
}

type Verifies = VerifyingKey["verifies"];

const LOADERS: Readonly<Record<string, (key: PublicKey) => Verifies | undefined>> = {
  "EdDSA OKP Ed25519": (key) => {
    const data = decodeBase64(key.x);
    if (data === undefined || key.y || key.n || key.e || !isSafePublicKey(data)) return undefined;
    const loaded = load({ kty: "OKP", crv: "Ed25519", x: key.x });
    return loaded && ((signature, message) => verify(null, message, loaded, signature));
  },
  "ES256 EC P-256": (key) => loadEcdsa(key, "P-256", "sha256"),
  "ES384 EC P-384": (key) => loadEcdsa(key, "P-384", "sha384"),
  "RS256 RSA ": (key) => {
    const [modulus, exponent] = [decodeBase64(key.n), decodeBase64(key.e)];
    if (modulus === undefined || exponent === undefined || key.x || key.y) return undefined;
    const number = toNumber(modulus);
    const bits = number.toString(2).length;
    const isSafe = toNumber(exponent) === 65_537n && (number & 1n) === 1n;
    if (!isSafe || bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) return undefined;
    const loaded = load({ kty: "RSA", n: key.n, e: key.e });
    return loaded && ((signature, message) => verify("sha256", message, loaded, signature));
  },
};

function loadEcdsa(
  key: PublicKey,
  curve: keyof typeof HALF_ORDERS,
  hash: string,
): Verifies | undefined {
  const size = curve === "P-256" ? 32 : 48;
  const half = HALF_ORDERS[curve];
  const [x, y] = [decodeBase64(key.x), decodeBase64(key.y)];
  if (x?.length !== size || y?.length !== size || key.n || key.e) return undefined;
  const loaded = load({ kty: "EC", crv: curve, x: key.x, y: key.y });
  return (
    loaded &&
    ((signature, message) => {
      if (signature.length !== 2 * size) return false;
      const [r, s] = [signature.subarray(0, size), signature.subarray(size)].map(toNumber);
      // The larger s, and the zeros of a "psychic" signature, are refused.
      if (!r || !s || r >= 2n * half + 1n || s > half) return false;
      return verify(hash, message, { key: loaded, dsaEncoding: "ieee-p1363" }, signature);
    })
  );
}

/** Loads a key of the library; undefined where it is no key, as a point off the curve. */
function load(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}

function toNumber(data: Uint8Array): bigint {
  return data.length === 0 ? 0n : BigInt(`0x${Buffer.from(data).toString("hex")}`);
}
