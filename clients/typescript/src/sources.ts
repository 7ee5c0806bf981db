import { spawn } from "node:child_process";
import { httpGet, readFileBounded } from "./bounded.js";
import { Credentials, SESSION_TOKEN_CHARACTERS_MAX } from "./credentials.js";
import { isLoopback } from "./endpoint.js";
import { ConfigurationError, failureOf, RejectedError, UnavailableError } from "./errors.js";
import type { ContainerSource, ProcessSource } from "./profile.js";
import { unreadableFile } from "./transport.js";
import { VERSION } from "./version.js";

// What a program prints, or an endpoint answers: a session token and little more.
const DOCUMENT_BYTES_MAX = 65_536;
// A program may ask a server, and that a slow one.
const TIMEOUT_MS = 30_000;
// Those of the AWS container and pod agents, which are reached in clear.
const LINK_LOCAL = new Set(["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)$/;

/** Returns new credentials of a program or an endpoint of this machine. */
export async function askSource(source: ProcessSource | ContainerSource): Promise<Credentials> {
  if (source.kind === "process") return readDocument(await outputOf(source.command), true);
  return readDocument(await answerOf(source), false);
}

/** Returns the URL that credentials may be fetched from; fails where it is none. */
export function checkSourceUrl(text: string): URL {
  const url = parseUrl(text);
  if (url !== undefined && url.username === "" && url.hostname !== "") {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const clear = url.protocol === "http:" && (isLoopback(host) || LINK_LOCAL.has(host));
    if (clear || url.protocol === "https:") return url;
  }
  throw new ConfigurationError(
    "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL that credentials may come from.",
    "Write https://, or http:// with an address of this machine.",
  );
}

/** Returns a URL; undefined for what is none. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Returns what a program prints, within bounds of size and time. */
function outputOf([program = "", ...words]: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // NOTE: it leads a group of its own, so that what it has started ends with it.
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const parts: Buffer[] = [];
    let length = 0;
    const kill = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    };
    const timer = setTimeout(kill, TIMEOUT_MS);
    child.stdout.on("data", (part: Buffer) => {
      length += part.length;
      if (length > DOCUMENT_BYTES_MAX) kill();
      else parts.push(part);
    });
    child.on("error", () => {
      clearTimeout(timer);
      reject(new ConfigurationError("The program of credential_process cannot be run."));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (length > DOCUMENT_BYTES_MAX) reject(notCredentials("it is too long"));
      else if (code === 0) resolve(Buffer.concat(parts));
      else reject(unavailable(`The program of credential_process ended with ${code}`));
    });
  });
}

async function answerOf(source: ContainerSource): Promise<Buffer> {
  const url = checkSourceUrl(source.url);
  const headers: Record<string, string> = {
    accept: "application/json",
    "user-agent": `daypass-client-typescript/${VERSION}`,
  };
  const authorization = authorizationOf(source);
  if (authorization !== "") headers.authorization = authorization;
  const options = { headers, timeoutMs: TIMEOUT_MS, bytesMax: DOCUMENT_BYTES_MAX };
  const answer = await httpGet(url, options).catch(() => {
    throw unavailable("The credentials endpoint cannot be asked");
  });
  if (answer.status === 200) return answer.data;
  const message = `The credentials endpoint answers with ${answer.status}`;
  if (answer.status === 429 || answer.status >= 500) throw unavailable(message);
  throw new RejectedError(
    failureOf("PERMISSION_DENIED", "CredentialSourceRefused", message),
    "Check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
  );
}

function authorizationOf(source: ContainerSource): string {
  let text = source.authorization?.reveal() ?? "";
  if (source.authorizationFile !== undefined) {
    try {
      const data = readFileBounded(source.authorizationFile, SESSION_TOKEN_CHARACTERS_MAX);
      text = data.toString("latin1").replace(/[\r\n]+$/, "");
    } catch (error) {
      throw unreadableFile("authorization token", source.authorizationFile, error);
    }
  }
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new ConfigurationError("The authorization token is not printable ASCII text.");
  }
  return text;
}

/** Reads what was handed out. Nothing of it is shown. */
function readDocument(data: Buffer, ofProcess: boolean): Credentials {
  const document = parseJson(data);
  if (ofProcess && document.Version !== 1) throw notCredentials("its Version is not 1");
  const text = (name: string): string => {
    const value = document[name];
    if (typeof value !== "string") throw notCredentials(`its ${name} is missing or no text`);
    return value;
  };
  const tokenName = ofProcess ? "SessionToken" : "Token";
  const end = document.Expiration;
  const expiration = end === undefined || end === null ? undefined : new Date(String(end));
  if (expiration !== undefined && (!TIME.test(String(end)) || Number.isNaN(expiration.getTime()))) {
    throw notCredentials("its Expiration is no time");
  }
  return Credentials.of(
    text("AccessKeyId"),
    text("SecretAccessKey"),
    document[tokenName] == null ? undefined : text(tokenName),
    expiration,
  );
}

function parseJson(data: Buffer): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(data.toString());
  } catch {
    // NOTE: not chained: the error may hold the text, which may be a secret.
    throw notCredentials("it is no JSON");
  }
  if (typeof document !== "object" || document === null) throw notCredentials("it is no object");
  return document as Record<string, unknown>;
}

function notCredentials(reason: string): ConfigurationError {
  return new ConfigurationError(
    `What the source of credentials hands out is no credentials: ${reason}.`,
    "Check credential_process, or AWS_CONTAINER_CREDENTIALS_FULL_URI.",
  );
}

function unavailable(message: string): UnavailableError {
  return new UnavailableError(
    failureOf("UNAVAILABLE", "CredentialSourceUnavailable", message),
    "Check that it runs, then ask again.",
  );
}
