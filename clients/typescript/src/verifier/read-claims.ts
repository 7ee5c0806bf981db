import { inflateSync } from "node:zlib";
import { Claims } from "./claims.js";
import { decodeBase64, Refusal, untrusted } from "./compact.js";
import { nameOf, type Origin } from "./revocations.js";
import { plainMembers } from "./strict-json.js";
import type { ExchangedClaims, IdentityClaims, Party, SessionClaims } from "./values.js";

const HOUR_MS = 3_600_000;
// The longest session of each kind; no token of ours says more.
const SESSION_LIFETIMES_MAX_MS: ReadonlyMap<string, number> = new Map([
  ["role", 12 * HOUR_MS],
  ["user", 36 * HOUR_MS],
  ["federated-user", 36 * HOUR_MS],
  ["root-task", HOUR_MS / 4],
  ["delegated", 12 * HOUR_MS],
]);
// What a packed claim may unfold to, as servers have it.
const UNPACKED_BYTES_MAX = 131_072;
// Those who act for a subject, one behind the other, as servers have it.
const ACTORS_MAX = 4;
// The media type that an exchanged token says it is, by what it is good for.
const EXCHANGED_TYPES: ReadonlyMap<string, string> = new Map([
  ["access", "at+jwt"],
  ["id", "JWT"],
  ["jwt", "JWT"],
]);
const FACTS = "https://sts.amazonaws.com/";

/**
 * Reads the claims of a session, a closed list, and what a revocation may name to end it.
 * What only a server uses is read, so that a token is refused which no server would take.
 */
export function readSession(claims: Claims): [SessionClaims, Origin] {
  if (claims.integer("ver") !== 1) throw untrusted();
  const [logId, sequence] = claims.textAndInteger("epoch");
  const found: SessionClaims = {
    ...unpack(claims),
    kind: claims.text("kind"),
    accountId: claims.text("acct"),
    accessKeyId: claims.text("jti"),
    principalId: claims.text("sub"),
    sessionName: claims.text("name"),
    issueTime: claims.instant("iat"),
    expireTime: claims.instant("exp"),
    originId: claims.text("origin"),
    sourceIdentity: claims.textIfAny("srcid"),
    mfaTime: claims.instantIfAny("mfa"),
    federatedProvider: claims.textIfAny("idp"),
    federatedKeys: claims.textLists("fed"),
    ringId: claims.text("iss"),
  };
  claims.text("dkid");
  claims.instantIfAny("cbeg");
  const [ancestors, principals] = [claims.texts("anc"), claims.texts("ancp")];
  claims.checkAllTaken();
  checkLifetime(found, SESSION_LIFETIMES_MAX_MS.get(found.kind) ?? 0);
  const origin = {
    logId,
    sequence,
    ownName: nameOf("session", found.accessKeyId),
    ancestors: [found.accessKeyId, ...ancestors],
    others: [
      nameOf("account", found.accountId),
      ...[found.principalId, found.originId, ...principals].map((id) => nameOf("principal", id)),
      // The unique id of a root user is its account.
      ...principals.map((id) => nameOf("account", id)),
    ],
  };
  return [found, origin];
}

/**
 * Reads the claims of a token that came of an exchange, a closed list, and what a
 * revocation may name to end it.
 *
 * SPEC: RFC 8693 section 4; RFC 9068 section 2.2; RFC 9493 section 3.2.3.
 */
export function readExchanged(claims: Claims, tokenType: string): [ExchangedClaims, Origin] {
  const own = claims.inner("daypass");
  const use = claims.text("token_use");
  if (own.integer("ver") !== 1 || EXCHANGED_TYPES.get(use) !== tokenType) throw untrusted();
  const party = readParty(claims);
  const [logId, sequence] = own.textAndInteger("epoch");
  const client = own.text("client");
  own.text("ring");
  const found: ExchangedClaims = {
    use,
    tokenId: claims.text("jti"),
    subject: `${party.issuer}#${party.subject}`,
    party,
    audiences: claims.textOrTexts("aud"),
    scopes: claims.has("scope") ? claims.text("scope").split(" ") : [],
    clientArn: claims.text("client_id"),
    accountId: own.text("acct"),
    actors: readActors(claims, ACTORS_MAX),
    issueTime: claims.instant("iat"),
    expireTime: claims.instant("exp"),
    issuer: claims.text("iss"),
  };
  const [ancestors, principals] = [own.texts("lin"), own.texts("prn")];
  own.checkAllTaken();
  claims.checkAllTaken();
  if (found.scopes.includes("")) throw untrusted();
  checkLifetime(found, 12 * HOUR_MS);
  const origin = {
    logId,
    sequence,
    ownName: undefined,
    ancestors,
    others: [
      nameOf("token", found.tokenId),
      nameOf("account", found.accountId),
      ...[client, ...principals].map((id) => nameOf("principal", id)),
      // The unique id of a root user is its account.
      ...principals.map((id) => nameOf("account", id)),
    ],
  };
  return [found, origin];
}

/**
 * Reads the claims of an identity token, and from when on it is good. A claim that is not
 * known is passed on, but not one by which tokens of another kind are told.
 */
export function readIdentity(claims: Claims): [IdentityClaims, Date] {
  if (claims.has("token_use") || claims.has("daypass")) {
    throw new Refusal("not_an_identity_token");
  }
  const notBefore = claims.instantIfAny("nbf");
  const found: IdentityClaims = {
    tokenId: claims.text("jti"),
    issuer: claims.text("iss"),
    subject: claims.text("sub"),
    audiences: claims.textOrTexts("aud"),
    issueTime: claims.instant("iat"),
    expireTime: claims.instant("exp"),
    facts: plainMembers(claims.inner(FACTS).members),
    others: plainMembers(claims.members),
  };
  checkLifetime(found, HOUR_MS);
  const later = notBefore !== undefined && notBefore > found.issueTime;
  return [found, later ? notBefore : found.issueTime];
}

function checkLifetime(found: { issueTime: Date; expireTime: Date }, mostMs: number): void {
  const lifetime = found.expireTime.getTime() - found.issueTime.getTime();
  if (lifetime <= 0 || lifetime > mostMs) throw untrusted();
}

/** Takes policies and tags, packed into one claim, and keeps the tags. */
function unpack(claims: Claims): Pick<SessionClaims, "tags" | "transitiveTagKeys"> {
  if (!claims.has("packed")) return { tags: new Map(), transitiveTagKeys: [] };
  const packed = decodeBase64(claims.text("packed"));
  const data = packed && inflate(packed);
  if (data === undefined) throw untrusted();
  const inner = Claims.of(data);
  inner.textIfAny("p");
  inner.texts("a");
  const found = { tags: inner.textMap("t"), transitiveTagKeys: inner.texts("x") };
  inner.checkAllTaken();
  return found;
}

/** Unfolds what is packed, whole and with nothing behind it; undefined for any other. */
export function inflate(packed: Buffer): Buffer | undefined {
  try {
    const { buffer, engine } = inflateSync(packed, {
      info: true,
      maxOutputLength: UNPACKED_BYTES_MAX,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return engine.bytesWritten === packed.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

function readParty(claims: Claims): Party {
  const named = claims.inner("sub_id");
  if (named.text("format") !== "iss_sub") throw untrusted();
  const party = { issuer: named.text("iss"), subject: named.text("sub") };
  named.checkAllTaken();
  if (claims.text("sub") !== `${party.issuer}#${party.subject}`) throw untrusted();
  return party;
}

function readActors(claims: Claims, most: number): Party[] {
  if (!claims.has("act")) return [];
  if (most === 0) throw untrusted();
  const act = claims.inner("act");
  const actor = { issuer: act.text("iss"), subject: act.text("sub") };
  const before = readActors(act, most - 1);
  act.checkAllTaken();
  return [actor, ...before];
}
