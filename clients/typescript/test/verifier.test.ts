import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import {
  Revocation_Scope,
  WatchRevocationsResponseSchema,
} from "../src/api/daypass/api/session/v1/session_service_pb.js";
import { CannotVouchError, ConfigurationError, type TokenRejectedError } from "../src/index.js";
import { decodeBase64 } from "../src/verifier/compact.js";
import { isSafePublicKey } from "../src/verifier/edwards.js";
import { JwksUrl, TokenVerifier } from "../src/verifier/index.js";
import { InvalidKeySetError, KeyRing, parseKeySet } from "../src/verifier/key-ring.js";
import { Memory } from "../src/verifier/memory.js";
import { inflate } from "../src/verifier/read-claims.js";
import { Revocations } from "../src/verifier/revocations.js";
import { loadsObject } from "../src/verifier/strict-json.js";

const { KEY, SESSION, PRINCIPAL, ACCOUNT, TOKEN } = Revocation_Scope;
const BEGIN = new Date(0);

function reasonOf(judged: () => unknown): string {
  try {
    judged();
  } catch (error) {
    if (error instanceof CannotVouchError) return error.reason;
    return (error as { reason?: string }).reason ?? "";
  }
  return "good";
}

test("the loader takes objects of one reading, and no others", () => {
  const deep = `${'{"a":'.repeat(31)}{}${"}".repeat(31)}`;
  for (const good of ["{}", ' {"a" : [1,-2.5e3,null,true,"\\ud83d\\ude00\\\\ud800"] } ', deep]) {
    assert.ok(loadsObject(Buffer.from(good)), good);
  }
  for (const bad of [
    "",
    "[]",
    "1",
    "{}{}",
    '{"a":1,"a":1}',
    '{"a":{"b":1,"\\u0062":1}}',
    '{"a":NaN}',
    '{"a":"\\ud800"}',
    '{"a":"\\udc00\\ud800"}',
    '{"\\ud800x":1}',
    '{"a":"\t"}',
    "\ufeff{}",
    '{"a":1e400}',
    `{"a":${"1".repeat(33)}}`,
    `{"a":${deep}}`,
    '{"a":01}',
    '{"a":1,}',
    "{'a':1}",
  ]) {
    assert.equal(loadsObject(Buffer.from(bad)), undefined, bad);
  }
  assert.equal(loadsObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), undefined);
  assert.equal(loadsObject(Buffer.from('{"__proto__":1}'))?.get("__proto__"), 1);
});

test("every value has one spelling in base64url", () => {
  for (const bad of ["QQ==", "QR", "Q", "Q Q", "QQ\n", "+/+/"]) {
    assert.equal(decodeBase64(bad), undefined, bad);
  }
});

test("a key of small order, or in another spelling, is refused", () => {
  const { x } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  assert.ok(isSafePublicKey(Buffer.from(x ?? "", "base64url")));
  for (const small of [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]) {
    assert.ok(!isSafePublicKey(Buffer.from(small, "hex")), small);
  }
});

test("a set that shows a secret, or is none, is refused whole", () => {
  for (const bad of [
    "[]",
    '{"keys":{}}',
    '{"keys":[1]}',
    '{"keys":[{"kid":"a","d":"x"}]}',
    '{"keys":[{"k":"x"}]}',
    '{"keys":[{"kid":1}]}',
    '{"keys":[{"kid":null}]}',
    '{"keys":[{"kid":"a","key_ops":"verify"}]}',
  ]) {
    assert.throws(() => parseKeySet(Buffer.from(bad), ""), InvalidKeySetError, bad);
  }
  const signs = '{"keys":[{"kid":"a","use":"sig","key_ops":["sign"]}]}';
  const found = parseKeySet(Buffer.from(signs), "public, max-age=60");
  assert.deepEqual(["", 60_000], [found.keys[0]?.use, found.maxAgeMs]);
  const twice = { ...found, keys: [...found.keys, ...found.keys] };
  assert.throws(() => new KeyRing(1_000).take(twice, 0), InvalidKeySetError);
});

test("of a packed claim nothing is left over, and no more unfolds than may", () => {
  assert.ok(inflate(deflateSync(Buffer.alloc(131_072))));
  const whole = deflateSync("{}");
  for (const bad of [
    deflateSync(Buffer.alloc(131_073)),
    Buffer.concat([whole, Buffer.from([0])]),
    whole.subarray(0, -1),
    Buffer.from("x"),
  ]) {
    assert.equal(inflate(bad), undefined);
  }
});

function news(sequence: number, scope: Revocation_Scope, subject: string) {
  const number = BigInt(sequence);
  const keepTime = { seconds: 9_000_000_000n, nanos: 0 };
  return create(WatchRevocationsResponseSchema, {
    logId: "log",
    sequence: number,
    complete: true,
    revocations: subject === "" ? [] : [{ sequence: number, scope, subject, keepTime }],
  });
}

test("a token is ended by what it is, by what it came of, and by their accounts", () => {
  const ancestor = "ASIAQAAAAAAAAAAAAAAA"; // Carries the account 000000000000.
  const origin = {
    logId: "log",
    sequence: 7,
    ownName: "session me",
    ancestors: ["me", ancestor],
    others: ["principal p"],
  } as const;
  for (const [sequence, scope, subject, expected] of [
    [7, SESSION, "me", "revoked"],
    [8, SESSION, ancestor, "revoked"],
    [7, SESSION, ancestor, "good"],
    [8, PRINCIPAL, "p", "revoked"],
    [8, PRINCIPAL, "q", "good"],
    [8, ACCOUNT, "000000000000", "revoked"],
    [8, TOKEN, "me", "revoked"],
  ] as const) {
    const known = new Revocations(60_000);
    known.take(news(sequence, scope, subject), 0, BEGIN);
    assert.equal(
      reasonOf(() => known.check(origin)),
      expected,
      `${sequence} ${subject}`,
    );
  }
});

test("what is behind, old or not known is no answer", () => {
  const known = new Revocations(60_000);
  const age = (now: number) => reasonOf(() => known.ageMs(now));
  assert.equal(age(0), "revocations_unknown");
  known.take(news(7, KEY, "kid"), 0, BEGIN);
  const later = { logId: "log", sequence: 8, ownName: undefined, ancestors: [], others: [] };
  assert.equal(
    reasonOf(() => known.check(later)),
    "revocations_behind",
  );
  assert.deepEqual(["good", "revocations_stale"], [age(60_000), age(60_001)]);
  const stale = { ...news(7, KEY, ""), staleness: { seconds: 1n, nanos: 0 } };
  known.take(stale as ReturnType<typeof news>, 60_000, BEGIN);
  assert.equal(known.ageMs(60_000), 1_000);
  assert.throws(() => known.take(news(8, 9 as Revocation_Scope, "x"), 60_000, BEGIN));
  assert.deepEqual(["revocations_unknown", true], [age(60_000), known.isRevokedKey("kid")]);
});

test("with the URL of a key set identity tokens are verified, and nothing else", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = { ...publicKey.export({ format: "jwk" }), kid: "k", alg: "EdDSA", use: "sig" };
  let [code, asked] = [200, 0];
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(code).end(JSON.stringify({ keys: [key] }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const verifier = await TokenVerifier.start(new JwksUrl(url), { revocationAgeMaxMs: null });
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const token = (kid: string, typ: string, claims: object) => {
    const input = `${encode({ alg: "EdDSA", kid, typ })}.${encode(claims)}`;
    return `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
  };
  const iat = Math.floor(Date.now() / 1_000);
  const times = { iat, exp: iat + 60 };
  const facts = { "https://sts.amazonaws.com/": { a: "b" } };
  const identity = { jti: "i", iss: "us", sub: "me", aud: "you", more: true, ...times, ...facts };
  const parties = { issuer: "us", audience: "you" };
  try {
    const found = await verifier.verifyIdentityToken(token("k", "JWT", identity), parties);
    assert.deepEqual(
      ["me", true, undefined],
      [found.claims.subject, found.claims.others.more, found.revocationViewAgeMs],
    );
    const session = { ver: 1, iss: "r", jti: "j", sub: "s", kind: "role", acct: "a", name: "" };
    const rest = { epoch: ["log", 1], dkid: "d", origin: "o", ...times };
    await assert.rejects(
      verifier.verifySessionToken(token("k", "daypass-session+jwt", { ...session, ...rest })),
      (error: CannotVouchError) => error.reason === "revocations_not_followed",
    );
    code = 404;
    await assert.rejects(
      verifier.verifyIdentityToken(token("other", "JWT", identity), parties),
      (error: TokenRejectedError) => error.reason === "unknown_key",
    );
    assert.equal(asked, 2);
    assert.ok(verifier.status().lastError);
    await assert.rejects(TokenVerifier.start(new JwksUrl(url)), ConfigurationError);
  } finally {
    await verifier.close();
    server.close();
  }
  for (const bad of ["http://sts.example/", "x", "ftp://a/", `${url}#f`]) {
    assert.throws(() => new JwksUrl(bad), ConfigurationError);
  }
});

test("the memory keeps the last half of its bound, and never more than the bound", () => {
  const memory = new Memory<number>(4);
  for (let number = 0; number < 100; number++) {
    memory.put(`${number}`, number);
    assert.ok(memory.size <= 4 && memory.get(`${number}`) === number);
  }
  assert.equal(memory.get("0"), undefined);
});
