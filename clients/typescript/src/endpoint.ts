import { isIP } from "node:net";
import { ConfigurationError } from "./errors.js";

/** Where a server listens that was not told otherwise. */
export const DEFAULT_ENDPOINT = "127.0.0.1:50051";

const FORM =
  /^(?:(https?|unsafe-plaintext):\/\/)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?\/?$/;
const HINT =
  "Write host:port, https://host:port, or unix:/path/to/socket; in clear it is" +
  " http://host:port for this machine and unsafe-plaintext://host:port for others.";

/**
 * Where to dial. Answers may carry a secret access key, so that nothing but this machine
 * is spoken with in clear, unless the scheme has an alarming name.
 */
export class Endpoint {
  private constructor(
    /** The address in gRPC's spelling. */
    readonly target: string,
    /** Whether TLS is spoken. */
    readonly encrypted: boolean,
  ) {}

  /** Reads an endpoint; without a scheme it means clear text to this machine only. */
  static parse(text: string): Endpoint {
    if (text.startsWith("unix:/")) return new Endpoint(text, false);
    const form = FORM.exec(text);
    if (form === null) {
      throw new ConfigurationError(`The endpoint "${text}" is not one to dial.`, HINT);
    }
    const [, scheme, host = "", digits] = form;
    const port = Number(digits ?? (scheme === "https" ? 443 : 0));
    if (port < 1 || port > 65_535) {
      throw new ConfigurationError(`The endpoint "${text}" needs a port, 1 to 65535.`, HINT);
    }
    const near = isLoopback(host.replace(/^\[|\]$/g, ""));
    if (scheme === "http" && !near) {
      throw new ConfigurationError(
        `The endpoint "${text}" would send credentials in clear to another machine.`,
        "Use https://, or unsafe-plaintext:// on a network you trust.",
      );
    }
    return new Endpoint(`${host}:${port}`, scheme === "https" || (scheme === undefined && !near));
  }
}

/** Tells whether a host is this machine. */
export function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return isIP(host) === 4 ? host.startsWith("127.") : host === "::1";
}
