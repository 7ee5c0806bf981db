/**
 * The conformance program of the TypeScript client. It speaks the protocol of
 * `tests/conformance/PROTOCOL.md`, and adds nothing to the client: whatever it answers, the
 * client has done.
 */
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import {
  AccessDeniedError,
  CallError,
  CannotVouchError,
  type Clock,
  ConfigurationError,
  Credentials,
  DaypassClient,
  DaypassError,
  Endpoint,
  InvalidRequestError,
  NotFoundError,
  RejectedError,
  Signer,
  ThrottledError,
  TokenRejectedError,
  UnauthenticatedError,
  VERSION,
} from "../src/index.js";
import { JwksUrl, TokenVerifier } from "../src/verifier/index.js";

/** A line, whose members are as its command has them; the driver writes no others. */
// biome-ignore lint/suspicious/noExplicitAny: the protocol is the type.
type Line = Record<string, any>;
type Answer = Record<string, unknown>;

class StandingClock implements Clock {
  constructor(public time: Date) {}

  now(): Date {
    return this.time;
  }
}

const clocks = new Map<string, StandingClock>();
const clients = new Map<string, DaypassClient>();
const verifiers = new Map<string, TokenVerifier>();

// By class, the finest first, what an error is called in the protocol.
const KINDS = [
  [AccessDeniedError, "access_denied"],
  [UnauthenticatedError, "unauthenticated"],
  [InvalidRequestError, "invalid_request"],
  [NotFoundError, "not_found"],
  [ThrottledError, "throttled"],
  [RejectedError, "rejected"],
  [CallError, "unavailable"],
  [ConfigurationError, "configuration"],
  [TokenRejectedError, "token_rejected"],
  [CannotVouchError, "cannot_vouch"],
] as const;

const commands: Record<string, (line: Line) => Promise<Answer>> = {
  async hello() {
    return {
      client: "typescript",
      version: VERSION,
      commands: Object.keys(commands).sort(),
      proofs: ["long_term", "temporary", "web_identity", "none"],
    };
  },

  async sign(line) {
    const clock = new StandingClock(new Date(line.time));
    const signer = new Signer(line.region, clock, () => line.invocation_id);
    const body = Buffer.from(line.body, "base64");
    return { metadata: signer.sign(line.method, body, readKeys(line.credentials)) };
  },

  async clock(line) {
    const time = new Date(line.time);
    const clock = clocks.get(line.clock) ?? new StandingClock(time);
    clock.time = time;
    clocks.set(line.clock, clock);
    return {};
  },

  async open(line) {
    const token = line.web_identity;
    const roles: Line[] = line.roles ?? [];
    const profile = {
      endpoint: Endpoint.parse(line.endpoint),
      region: line.region ?? "us-east-1",
      credentials: line.credentials ? readKeys(line.credentials) : undefined,
      webIdentity: token && {
        roleArn: token.role_arn,
        tokenFile: token.token_file,
        sessionName: token.session_name ?? undefined,
      },
      roles: roles.map(({ role_arn }) => ({ roleArn: role_arn })),
    };
    const options = { timeoutMs: line.timeout_ms, clock: clocks.get(line.clock) };
    clients.set(line.client, new DaypassClient(profile, options));
    return {};
  },

  async call(line) {
    const client = clientOf(line);
    const request = line.request ?? {};
    switch (line.operation) {
      case "GetCallerIdentity":
        return { arn: (await client.getCallerIdentity()).arn };
      case "AssumeRole": {
        const role = { roleArn: request.role_arn, sessionName: request.session_name ?? undefined };
        return issued((await client.assumeRole(role)).credentials);
      }
      case "RevokeSessions": {
        const { effectiveEverywhere } = await client.revokeSession(request.access_key_id);
        return { effective_everywhere: effectiveEverywhere };
      }
      case "VerifyToken":
        return { access_key_id: (await client.verifyToken(request.token)).accessKeyId };
      default:
        throw new ConfigurationError("The operation is not one of the protocol.");
    }
  },

  async credentials(line) {
    const client = clientOf(line);
    const callers = Array.from({ length: line.callers ?? 1 }, () => client.credentials());
    const counted: Record<string, number> = {};
    let failure: unknown;
    for (const each of await Promise.allSettled(callers)) {
      if (each.status === "rejected") failure = each.reason;
      else counted[each.value.accessKeyId] = (counted[each.value.accessKeyId] ?? 0) + 1;
    }
    if (Object.keys(counted).length > 0) return { access_key_ids: counted };
    return { access_key_ids: {}, error: errorMembers(failure) };
  },

  async follow(line) {
    const source = line.jwks_url ? new JwksUrl(line.jwks_url) : clientOf(line);
    const made = await TokenVerifier.start(source, {
      revocationAgeMaxMs: line.revocation_age_max_ms ?? null,
      clock: clocks.get(line.clock),
    });
    verifiers.set(line.verifier, made);
    return {};
  },

  async verify(line) {
    const { token, issuer, audience } = line;
    const verifier = verifierOf(line);
    const answer = (names: string, age: number | undefined) => ({
      names,
      age_ms: age === undefined ? null : Math.floor(age),
    });
    if (line.kind === "session") {
      const found = await verifier.verifySessionToken(token);
      return answer(found.claims.accessKeyId, found.revocationViewAgeMs);
    }
    const found =
      line.kind === "exchanged"
        ? await verifier.verifyExchangedToken(token, { issuer, audience })
        : await verifier.verifyIdentityToken(token, { issuer, audience });
    return answer(found.claims.tokenId, found.revocationViewAgeMs);
  },

  async close(line) {
    if (line.verifier) {
      await verifierOf(line).close();
      verifiers.delete(line.verifier);
    } else {
      clientOf(line).close();
      clients.delete(line.client);
    }
    return {};
  },
};

/** Returns what is told of an error; its text, so that redaction can be seen. */
function errorMembers(error: unknown): Answer {
  if (!(error instanceof DaypassError)) throw error;
  const kind = KINDS.find(([of]) => error instanceof of)?.[1];
  const text = `${error} ${inspect(error, { showHidden: true, depth: null })} ${JSON.stringify(error)}`;
  if (error instanceof CallError) {
    return {
      kind,
      text,
      reason: error.reason,
      code: error.code,
      request_id: error.requestId,
      decision_id: error.decisionId,
      fields: error.violations.map(({ field }) => field),
      retry_delay_ms: error.retryDelayMs ?? null,
    };
  }
  const isVerdict = error instanceof TokenRejectedError || error instanceof CannotVouchError;
  return isVerdict ? { kind, text, reason: error.reason } : { kind, text };
}

/** Returns credentials; the protocol passes them on, and shows how they print. */
function issued(credentials: Credentials): Answer {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  const all = inspect(credentials, { showHidden: true, depth: null });
  return {
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey.reveal(),
    session_token: sessionToken?.reveal() ?? null,
    expiration: expiration?.toISOString() ?? null,
    shown: `${credentials} ${all} ${JSON.stringify(credentials)} ${secretAccessKey} ${sessionToken}`,
  };
}

function readKeys(members: Line): Credentials {
  const { access_key_id, secret_access_key, session_token } = members;
  return Credentials.of(access_key_id, secret_access_key, session_token);
}

function clientOf(line: Line): DaypassClient {
  const client = clients.get(line.client);
  if (client === undefined) throw new RangeError(`no client ${line.client}`);
  return client;
}

function verifierOf(line: Line): TokenVerifier {
  const verifier = verifiers.get(line.verifier);
  if (verifier === undefined) throw new RangeError(`no verifier ${line.verifier}`);
  return verifier;
}

async function answerOf(line: Line): Promise<Answer> {
  const command = commands[line.do];
  if (command === undefined) return { id: line.id, error: { kind: "unsupported" } };
  try {
    return { id: line.id, ok: await command(line) };
  } catch (error) {
    return { id: line.id, error: errorMembers(error) };
  }
}

for await (const text of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerOf(JSON.parse(text)))}\n`);
}
await Promise.all([...verifiers.values()].map((verifier) => verifier.close()));
for (const client of clients.values()) client.close();
