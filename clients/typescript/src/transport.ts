import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ChannelCredentials,
  type ClientReadableStream,
  credentials as channelCredentials,
  Client as GrpcClient,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Clock } from "./clock.js";
import type { Credentials } from "./credentials.js";
import { DEFAULT_ENDPOINT, Endpoint } from "./endpoint.js";
import { ConfigurationError } from "./errors.js";
import { DEFAULT_REGION, type Profile } from "./profile.js";
import { pauseAfter, type Repetition, RetryBudget } from "./retry.js";
import { Signer } from "./signing.js";
import { callError } from "./status.js";
import { VERSION } from "./version.js";

// A server ends a stream after five minutes; one that does not is hung.
const STREAM_TIMEOUT_MS = 360_000;
// The server refuses longer requests.
const REQUEST_BYTES_MAX = 262_144;
// A page of a thousand sessions is under one MiB.
const RESPONSE_BYTES_MAX = 4_194_304;

const same = (data: Buffer): Buffer => data;

/** How a call travels: signed, with a deadline, and again where that helps. */
export class Transport {
  readonly #client: GrpcClient;
  readonly #target: string;
  readonly #timeoutMs: number;
  readonly #signer: Signer;
  readonly #budget = new RetryBudget();

  constructor(profile: Profile, timeoutMs: number, clock: Clock) {
    const endpoint = profile.endpoint ?? Endpoint.parse(DEFAULT_ENDPOINT);
    this.#target = endpoint.target;
    this.#timeoutMs = timeoutMs;
    this.#signer = new Signer(profile.region ?? DEFAULT_REGION, clock);
    this.#client = new GrpcClient(endpoint.target, channelCredentialsOf(profile, endpoint), {
      // We repeat calls ourselves: gRPC goes by the code alone.
      "grpc.enable_retries": 0,
      // Who controls the name service must not control our retries.
      "grpc.service_config_disable_resolution": 1,
      // What goes in clear goes to its machine, and never through a proxy.
      "grpc.enable_http_proxy": endpoint.encrypted ? 1 : 0,
      "grpc.max_send_message_length": REQUEST_BYTES_MAX,
      "grpc.max_receive_message_length": RESPONSE_BYTES_MAX,
      // Where a connection cannot be made every call fails until the next attempt, which
      // has to come before the repetitions of a call are over.
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 5_000,
      "grpc.primary_user_agent": `daypass-client-typescript/${VERSION}`,
    });
  }

  /** Closes the connection; calls in flight fail. */
  close(): void {
    this.#client.close();
  }

  /**
   * Makes one call; the bytes that are signed are those that are sent.
   *
   * NOTE: every attempt carries the proof of the first, by which the server knows that it
   * is the same call, and issues no second session for it; until the server says that it
   * cannot answer that proof again. Then the call is signed anew, once: a server that says
   * so is there, and so that is no failure.
   */
  async send(
    method: string,
    body: Uint8Array,
    credentials: Credentials | undefined,
    repetition: Repetition,
  ): Promise<Uint8Array> {
    const deadline = Date.now() + this.#timeoutMs;
    let metadata = this.#prove(method, body, credentials);
    let failures = 0;
    let signedAnew = false;
    for (;;) {
      try {
        const answer = await this.#attempt(method, body, metadata, deadline);
        this.#budget.succeeded();
        return answer;
      } catch (error) {
        const failed = callError(error as ServiceError, this.#target);
        if (failed.signAnew && !signedAnew && repetition !== "never") {
          metadata = this.#prove(method, body, credentials);
          signedAnew = true;
          continue;
        }
        failures += 1;
        const wait = pauseAfter(failed, failures, repetition, this.#budget);
        if (wait === undefined || wait >= deadline - Date.now()) throw failed;
        await pause(wait);
      }
    }
  }

  /**
   * Opens a call that stays open, and yields its messages until it ends or the signal
   * ends it. Its proof is over the empty string, and it is not repeated.
   */
  async *open(
    method: string,
    body: Uint8Array,
    credentials: Credentials | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    const call: ClientReadableStream<Buffer> = this.#client.makeServerStreamRequest(
      method,
      same,
      same,
      Buffer.from(body),
      this.#prove(method, new Uint8Array(), credentials),
      { deadline: Date.now() + STREAM_TIMEOUT_MS },
    );
    const cancel = () => call.cancel();
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    try {
      for await (const data of call) yield data as Buffer;
    } catch (error) {
      if (signal?.aborted) return;
      throw callError(error as ServiceError, this.#target);
    } finally {
      signal?.removeEventListener("abort", cancel);
      // What is cancelled fails once more, which nobody waits for.
      call.on("error", () => undefined);
      call.cancel();
    }
  }

  #attempt(
    method: string,
    body: Uint8Array,
    metadata: Metadata,
    deadline: number,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method,
        same,
        same,
        Buffer.from(body),
        metadata,
        { deadline },
        (error, answer) => {
          if (error) reject(error);
          else resolve(answer ?? new Uint8Array());
        },
      );
    });
  }

  #prove(method: string, body: Uint8Array, credentials: Credentials | undefined): Metadata {
    const metadata = new Metadata();
    if (credentials !== undefined) {
      for (const [name, value] of this.#signer.sign(method, body, credentials)) {
        metadata.set(name, value);
      }
    }
    return metadata;
  }
}

/** Returns what TLS trusts, and what it shows of this client. */
function channelCredentialsOf(profile: Profile, endpoint: Endpoint): ChannelCredentials {
  if ((profile.clientCertificate === undefined) !== (profile.clientKey === undefined)) {
    throw new ConfigurationError(
      "Of the certificate of this client and its key only one is named.",
      "Name both, or neither.",
    );
  }
  if (!endpoint.encrypted) return channelCredentials.createInsecure();
  try {
    return channelCredentials.createSsl(
      read("certificates", profile.caBundle),
      read("key of this client", profile.clientKey),
      read("certificate of this client", profile.clientCertificate),
    );
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    // NOTE: not chained: the error may hold what is in the file.
    throw new ConfigurationError("The certificates or the key are not what they should be.");
  }
}

function read(what: string, file: string | undefined): Buffer | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadableFile(what, file, error);
  }
}

/** Names the file and the fault of the system, never what is in it. */
export function unreadableFile(what: string, file: string, error: unknown): ConfigurationError {
  const reason = (error as NodeJS.ErrnoException).code ?? "it is not what it should be";
  return new ConfigurationError(`The ${what} cannot be read: ${reason}.`, "", file);
}
