import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { SessionService } from "./api/daypass/api/session/v1/session_service_pb.js";
import { SecurityTokenService } from "./api/daypass/api/sts/v1/sts_service_pb.js";
import {
  TokenRejection_Reason,
  TokenService,
} from "./api/daypass/api/token/v1/token_service_pb.js";
import { type AskCode, Chain, exchange, issued, roleMembers } from "./chain.js";
import { type Clock, systemClock } from "./clock.js";
import type { Credentials } from "./credentials.js";
import { ConfigurationError, TokenRejectedError } from "./errors.js";
import { isSigned } from "./methods.js";
import type { Profile, RoleRequest } from "./profile.js";
import { RefreshingCredentials } from "./provider.js";
import { HINTS, isSpent, unreadable } from "./status.js";
import { Transport } from "./transport.js";

// What the server grants a call that names no deadline, and the most it grants.
const TIMEOUT_MS = 10_000;
const TIMEOUT_MAX_MS = 60_000;

/** How a client works, where that is not as usual. */
export interface ClientOptions {
  /** How long one call may take, repetitions included; ten seconds, and at most a minute. */
  readonly timeoutMs?: number | undefined;
  /** What signatures and credentials take the time from. */
  readonly clock?: Clock | undefined;
  /** Whom to ask for the code of a second factor. */
  readonly askCode?: AskCode | undefined;
}

/** A new session of a role. */
export interface AssumedRole {
  readonly credentials: Credentials;
  readonly arn: string;
  readonly assumedRoleId: string;
}

/** What the server says of a session token that is good. */
export interface VerifiedToken {
  readonly accessKeyId: string;
  readonly principalArn: string;
  readonly accountId: string;
  readonly sessionName: string;
  readonly expireTime: Date;
}

/** Speaks with a server; close it when done. */
export class DaypassClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #own: Credentials | undefined;
  readonly #provider: RefreshingCredentials | undefined;

  /** Makes a client for a profile; it connects when the first call needs that. */
  constructor(profile: Profile, options: ClientOptions = {}) {
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    if (!(timeoutMs > 0 && timeoutMs <= TIMEOUT_MAX_MS)) {
      throw new ConfigurationError("A timeout is more than 0 and at most 60 seconds.");
    }
    this.#clock = options.clock ?? systemClock;
    this.#own = profile.credentials;
    this.#transport = new Transport(profile, timeoutMs, this.#clock);
    const chain = Chain.of(profile, this.#transport, this.#clock, options.askCode);
    if (chain !== undefined) {
      this.#provider = new RefreshingCredentials(() => chain.obtain(), this.#clock);
    }
  }

  /** Closes the connection; calls in flight fail. */
  close(): void {
    this.#transport.close();
  }

  /** Returns what signs calls: of a profile with roles, renewed as needed. */
  async credentials(): Promise<Credentials> {
    if (this.#provider !== undefined) return this.#provider.credentials();
    if (this.#own === undefined) {
      throw new ConfigurationError(
        "There are no credentials to sign the call with.",
        HINTS.MissingAuthenticationToken,
      );
    }
    return this.#own;
  }

  /** Makes a call of any operation, such as `SessionService.method.listSessions`. */
  async call<I extends DescMessage, O extends DescMessage>(
    operation: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const { method, credentials } = await this.#prepare(operation);
    const message = create(operation.input, request);
    try {
      const sent = [operation.input, message] as const;
      return await exchange(this.#transport, method, sent, operation.output, credentials);
    } catch (error) {
      this.#discardIfSpent(credentials, error);
      throw error;
    }
  }

  /** Opens a call that stays open, and yields its messages; it is not repeated. */
  async *watch<I extends DescMessage, O extends DescMessage>(
    operation: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    signal?: AbortSignal,
  ): AsyncGenerator<MessageShape<O>> {
    const { method, credentials } = await this.#prepare(operation);
    const body = toBinary(operation.input, create(operation.input, request));
    try {
      for await (const data of this.#transport.open(method, body, credentials, signal)) {
        yield readMessage(operation.output, data);
      }
    } catch (error) {
      this.#discardIfSpent(credentials, error);
      throw error;
    }
  }

  /** Returns who calls. */
  async getCallerIdentity(): Promise<{ userId: string; account: string; arn: string }> {
    const { userId, account, arn } = await this.call(
      SecurityTokenService.method.getCallerIdentity,
      {},
    );
    return { userId, account, arn };
  }

  /** Begins a session of a role. */
  async assumeRole(role: RoleRequest): Promise<AssumedRole> {
    const request = roleMembers(role, this.#clock.now());
    const answer = await this.call(SecurityTokenService.method.assumeRole, request);
    return {
      credentials: issued(answer.credentials),
      arn: answer.assumedRoleUser?.arn ?? "",
      assumedRoleId: answer.assumedRoleUser?.assumedRoleId ?? "",
    };
  }

  /** Asks whether a session token is good; fails with why where it is not. */
  async verifyToken(token: string): Promise<VerifiedToken> {
    const { outcome } = await this.call(TokenService.method.verifyToken, { token });
    if (outcome.case === "exchanged") throw new TokenRejectedError("not_a_session_token");
    if (outcome.case !== "verified") {
      const reason = outcome.value?.reason ?? TokenRejection_Reason.UNSPECIFIED;
      throw new TokenRejectedError((TokenRejection_Reason[reason] ?? `${reason}`).toLowerCase());
    }
    const { accessKeyId, principal, sessionName, expireTime } = outcome.value;
    if (expireTime === undefined) throw unreadable();
    return {
      accessKeyId,
      principalArn: principal?.arn ?? "",
      accountId: principal?.accountId ?? "",
      sessionName,
      expireTime: timestampDate(expireTime),
    };
  }

  /** Ends a session. */
  async revokeSession(
    accessKeyId: string,
    reason = "",
  ): Promise<{ sequence: bigint; effectiveEverywhere: boolean }> {
    const target = { case: "accessKeyId", value: accessKeyId } as const;
    const { sequence, effectiveEverywhere } = await this.call(
      SessionService.method.revokeSessions,
      { target, reason },
    );
    return { sequence, effectiveEverywhere };
  }

  async #prepare(operation: {
    readonly name: string;
    readonly parent: { readonly typeName: string };
  }) {
    const method = `/${operation.parent.typeName}/${operation.name}`;
    return { method, credentials: isSigned(method) ? await this.credentials() : undefined };
  }

  /** Gives up credentials that were revoked, perhaps: the next call gets new. */
  #discardIfSpent(credentials: Credentials | undefined, error: unknown): void {
    if (credentials !== undefined && isSpent(error)) this.#provider?.discard(credentials);
  }
}

function readMessage<O extends DescMessage>(schema: O, data: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(schema, data);
  } catch {
    throw unreadable();
  }
}
