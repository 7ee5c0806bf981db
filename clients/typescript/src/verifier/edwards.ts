/**
 * The one check of Ed25519 public keys that the library does not offer: it takes keys of
 * small and of mixed order, and with the identity as the key one signature fits every
 * message. This is plain arithmetic on public values, done once for a key.
 *
 * SPEC: RFC 8032 sections 5.1.2 to 5.1.4.
 */
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = modulo(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** A point as extended homogeneous coordinates X, Y, Z, T with T = XY/Z. */
type Point = readonly [bigint, bigint, bigint, bigint];

/** Tells whether the bytes are a canonical point of exactly prime order. */
export function isSafePublicKey(data: Uint8Array): boolean {
  const point = decompress(data);
  return point !== undefined && !isIdentity(point) && isIdentity(multiply(L, point));
}

function decompress(data: Uint8Array): Point | undefined {
  if (data.length !== 32) return undefined;
  const number = BigInt(`0x${Buffer.from(data).reverse().toString("hex")}`);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= P) return undefined;
  const square = modulo((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (modulo(x * x) !== square) x = modulo(x * ROOT_OF_MINUS_ONE);
  if (modulo(x * x) !== square || (x === 0n && sign === 1n)) return undefined;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, modulo(x * y)];
}

function add(left: Point, right: Point): Point {
  const a = modulo((left[1] - left[0]) * (right[1] - right[0]));
  const b = modulo((left[1] + left[0]) * (right[1] + right[0]));
  const c = modulo(2n * left[3] * right[3] * D);
  const d = modulo(2n * left[2] * right[2]);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
}

function multiply(scalar: bigint, point: Point): Point {
  let result: Point = [0n, 1n, 1n, 0n];
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = add(result, point);
    point = add(point, point);
  }
  return result;
}

function isIdentity(point: Point): boolean {
  return modulo(point[0]) === 0n && modulo(point[1] - point[2]) === 0n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = modulo(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

function modulo(number: bigint): bigint {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
}
