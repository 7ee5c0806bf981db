import {
  create,
  type DescMessage,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  AssumeRoleRequestSchema,
  AssumeRoleResponseSchema,
  AssumeRoleWithWebIdentityRequestSchema,
  AssumeRoleWithWebIdentityResponseSchema,
} from "./api/daypass/api/sts/v1/sts_service_pb.js";
import type { Credentials as CredentialsMessage } from "./api/daypass/api/types/v1/credentials_pb.js";
import { readFileBounded } from "./bounded.js";
import type { Clock } from "./clock.js";
import { Credentials } from "./credentials.js";
import { ConfigurationError } from "./errors.js";
import { repetitionOf } from "./methods.js";
import type { Profile, RoleRequest, WebIdentitySource } from "./profile.js";
import { renewTime } from "./provider.js";
import { askSource } from "./sources.js";
import { isSpent, unreadable } from "./status.js";
import { type Transport, unreadableFile } from "./transport.js";

// Tokens of identity providers; the server takes no longer ones.
const TOKEN_CHARACTERS_MAX = 20_000;
const STS = "/daypass.api.sts.v1.SecurityTokenService";

/** Asks for the code that a second factor shows, by its serial number or ARN. */
export type AskCode = (serialNumber: string) => Promise<string>;

type Step = (from: Credentials | undefined) => Promise<Credentials>;

/**
 * Assumes the roles of a profile, one after the other. It keeps the credentials of the
 * roles on the way; those of the last are the provider's. One call at a time.
 */
export class Chain {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #askCode: AskCode | undefined;
  readonly #base: Credentials | undefined;
  readonly #steps: readonly Step[];
  #held: ({ credentials: Credentials; renewAt: number | undefined } | undefined)[] = [];

  /** Returns the roles of a profile; undefined where it leads through none. */
  static of(
    profile: Profile,
    transport: Transport,
    clock: Clock,
    askCode: AskCode | undefined,
  ): Chain | undefined {
    const chain = new Chain(profile, transport, clock, askCode);
    const { credentials, webIdentity, source } = profile;
    const beginnings = [credentials, webIdentity, source].filter((each) => each !== undefined);
    if (beginnings.length > 1) {
      throw new ConfigurationError(
        "A profile has one beginning: keys, a token in a file, or a source.",
      );
    }
    return beginnings.length === 1 && chain.#steps.length > 0 ? chain : undefined;
  }

  private constructor(
    profile: Profile,
    transport: Transport,
    clock: Clock,
    askCode: AskCode | undefined,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#askCode = askCode;
    this.#base = profile.credentials;
    const { webIdentity, source } = profile;
    this.#steps = [
      ...(webIdentity === undefined ? [] : [() => this.#byToken(webIdentity)]),
      ...(source === undefined ? [] : [() => askSource(source)]),
      ...(profile.roles ?? []).map(
        (role): Step =>
          (from) =>
            this.#byRole(role, from),
      ),
    ];
  }

  /** Returns new credentials of the last role. */
  async obtain(): Promise<Credentials> {
    const last = this.#steps.length - 1;
    let [place, from] = this.#begin();
    try {
      for (; ; place++) {
        const step = this.#steps[place];
        if (step === undefined) throw new RangeError("a chain has no such step");
        from = await step(from);
        if (place === last) return from;
        const now = this.#clock.now().getTime();
        this.#held[place] = { credentials: from, renewAt: renewTime(from, now, 0) };
      }
    } catch (error) {
      if (isSpent(error)) this.#held = [];
      throw error;
    }
  }

  /** Returns the step to begin with, behind the last role that is held, and with what. */
  #begin(): [place: number, from: Credentials | undefined] {
    const now = this.#clock.now().getTime();
    for (let place = this.#held.length - 1; place >= 0; place--) {
      const held = this.#held[place];
      if (held !== undefined && (held.renewAt === undefined || held.renewAt > now)) {
        return [place + 1, held.credentials];
      }
    }
    return [0, this.#base];
  }

  async #byRole(role: RoleRequest, from: Credentials | undefined): Promise<Credentials> {
    let { tokenCode } = role;
    if (role.serialNumber !== undefined && tokenCode === undefined) {
      if (this.#askCode === undefined) {
        throw new ConfigurationError(
          `The role asks for a code of the second factor ${role.serialNumber}, and there is` +
            " nobody to ask.",
          "Give the client an askCode.",
        );
      }
      tokenCode = await this.#askCode(role.serialNumber);
    }
    const request = create(
      AssumeRoleRequestSchema,
      roleMembers({ ...role, tokenCode }, this.#clock.now()),
    );
    const answer = await exchange(
      this.#transport,
      `${STS}/AssumeRole`,
      [AssumeRoleRequestSchema, request],
      AssumeRoleResponseSchema,
      from,
    );
    return issued(answer.credentials);
  }

  async #byToken(source: WebIdentitySource): Promise<Credentials> {
    const request = create(AssumeRoleWithWebIdentityRequestSchema, {
      roleArn: source.roleArn,
      roleSessionName: source.sessionName ?? sessionName(this.#clock.now()),
      webIdentityToken: readToken(source.tokenFile),
      ...given({ durationSeconds: source.durationSeconds }),
    });
    const answer = await exchange(
      this.#transport,
      `${STS}/AssumeRoleWithWebIdentity`,
      [AssumeRoleWithWebIdentityRequestSchema, request],
      AssumeRoleWithWebIdentityResponseSchema,
      undefined,
    );
    return issued(answer.credentials);
  }
}

/** Sends a message, and reads another. */
export async function exchange<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: string,
  [schema, request]: readonly [I, MessageShape<I>],
  answer: O,
  credentials: Credentials | undefined,
): Promise<MessageShape<O>> {
  const body = toBinary(schema, request);
  const data = await transport.send(method, body, credentials, repetitionOf(method, request));
  try {
    return fromBinary(answer, data);
  } catch {
    throw unreadable();
  }
}

/** Returns a role as a request has it. */
export function roleMembers(role: RoleRequest, now: Date) {
  return {
    roleArn: role.roleArn,
    roleSessionName: role.sessionName ?? sessionName(now),
    ...given({
      durationSeconds: role.durationSeconds,
      externalId: role.externalId,
      serialNumber: role.serialNumber,
      tokenCode: role.tokenCode,
      sourceIdentity: role.sourceIdentity,
      policy: role.policy,
    }),
  };
}

/** Reads credentials that a server has issued. */
export function issued(message: CredentialsMessage | undefined): Credentials {
  if (message?.expiration === undefined) throw unreadable();
  try {
    return Credentials.of(
      message.accessKeyId,
      message.secretAccessKey,
      message.sessionToken,
      timestampDate(message.expiration),
    );
  } catch {
    throw unreadable();
  }
}

function sessionName(now: Date): string {
  return `daypass-${Math.floor(now.getTime() / 1_000)}`;
}

/** Returns the members that are given: an absent one is not the same as an empty one. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function readToken(file: string): string {
  let data: Buffer;
  try {
    data = readFileBounded(file, TOKEN_CHARACTERS_MAX);
  } catch (error) {
    if (!(error instanceof RangeError)) throw unreadableFile("token", file, error);
    data = Buffer.alloc(0);
  }
  const text = data.toString("latin1");
  if (text.trim() === "" || data.some((byte) => byte > 0x7e)) {
    throw new ConfigurationError(
      `The file does not hold a token of at most ${TOKEN_CHARACTERS_MAX} ASCII characters.`,
      "",
      file,
    );
  }
  return text;
}
