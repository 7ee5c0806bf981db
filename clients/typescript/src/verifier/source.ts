import { readFileSync } from "node:fs";
import { type Jwk, KeyringService } from "../api/daypass/api/keyring/v1/keyring_service_pb.js";
import { httpGet } from "../bounded.js";
import type { DaypassClient } from "../client.js";
import { isLoopback } from "../endpoint.js";
import { ConfigurationError, failureOf, UnavailableError } from "../errors.js";
import { parseUrl } from "../sources.js";
import { VERSION } from "../version.js";
import { InvalidKeySetError, type KeySet, parseKeySet } from "./key-ring.js";

// A hundred keys of the longest kind are less.
const KEY_SET_BYTES_MAX = 131_072;

/**
 * The URL of a key set, such as `https://daypass.example/.well-known/jwks.json`. It tells
 * nothing of revocations.
 */
export class JwksUrl {
  readonly #url: URL;
  readonly #ca: Buffer | undefined;
  readonly #timeoutMs: number;

  /**
   * @param url the URL; `http://` for this machine only.
   * @param options certificates to trust in place of those of this machine, and how long
   *   one request may take.
   */
  constructor(url: string, options: { caBundle?: string; timeoutMs?: number } = {}) {
    const parsed = parseUrl(url);
    const host = parsed?.hostname.replace(/^\[|\]$/g, "") ?? "";
    const clear = parsed?.protocol === "http:" && isLoopback(host);
    if (!parsed || parsed.username || parsed.hash || !(clear || parsed.protocol === "https:")) {
      throw new ConfigurationError(
        "That is not the URL of a key set.",
        "Write https://host/path; http:// is for this machine only.",
      );
    }
    this.#url = parsed;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    if (options.caBundle === undefined) return;
    try {
      this.#ca = readFileSync(options.caBundle);
    } catch {
      throw new ConfigurationError("The certificates cannot be read.", "", options.caBundle);
    }
  }

  /** Asks for the key set: one request, without credentials, to this host and no other. */
  async fetch(): Promise<KeySet> {
    const headers = {
      accept: "application/jwk-set+json, application/json",
      "user-agent": `daypass-client-typescript/${VERSION}`,
    };
    const options = {
      headers,
      timeoutMs: this.#timeoutMs,
      bytesMax: KEY_SET_BYTES_MAX,
      ca: this.#ca,
    };
    const answer = await httpGet(this.#url, options).catch((error: Error) => {
      throw unavailable(`it cannot be had: ${error.message}`);
    });
    if (answer.status !== 200) throw unavailable(`the answer is ${answer.status}`);
    try {
      return parseKeySet(answer.data, answer.cacheControl);
    } catch (error) {
      if (!(error instanceof InvalidKeySetError)) throw error;
      throw unavailable(`it is not to be used: ${error.message}`);
    }
  }
}

/** Asks a server for the key set. */
export async function keySetOf(client: DaypassClient): Promise<KeySet> {
  return readKeySet(await client.call(KeyringService.method.getKeySet, {}));
}

/** Reads a key set of a message. */
export function readKeySet(message: {
  readonly keys: readonly Jwk[];
  readonly maxAge?: { readonly seconds: bigint; readonly nanos: number };
}): KeySet {
  const { seconds = 0n, nanos = 0 } = message.maxAge ?? {};
  return { keys: message.keys, maxAgeMs: Number(seconds) * 1_000 + nanos / 1_000_000 };
}

function unavailable(message: string): UnavailableError {
  return new UnavailableError(
    failureOf("UNAVAILABLE", "KeySetUnavailable", `The key set: ${message}`),
    "Check the URL, then ask again.",
  );
}
