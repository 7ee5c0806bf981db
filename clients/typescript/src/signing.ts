import { createHash, createHmac, randomUUID } from "node:crypto";
import type { Clock } from "./clock.js";
import type { Credentials } from "./credentials.js";

const ALGORITHM = "AWS4-HMAC-SHA256";

/** One name and value of the metadata of a call. */
export type Header = readonly [name: string, value: string];

/** Signs calls for one region: AWS Signature Version 4; see docs/signing.md. */
export class Signer {
  /**
   * @param region the region that signatures name.
   * @param clock what they take the time from.
   * @param nameCall draws what tells one call from another: without it two equal calls of
   *   one second would have one signature, and the server would take them for one call.
   */
  constructor(
    readonly region: string,
    readonly clock: Clock,
    readonly nameCall: () => string = () => randomUUID().replaceAll("-", ""),
  ) {}

  /**
   * Returns the metadata that proves a call.
   *
   * @param method the full method.
   * @param body the request as it is sent; empty for a call that streams.
   * @param credentials who calls.
   */
  sign(method: string, body: Uint8Array, credentials: Credentials): Header[] {
    const time = this.clock
      .now()
      .toISOString()
      .replace(/[-:]|\.\d+/g, "");
    // Sorted by name, as they are signed. `host` is not: proxies rewrite it.
    const headers: Header[] = [
      ["amz-sdk-invocation-id", this.nameCall()],
      ["x-amz-content-sha256", sha256(body)],
      ["x-amz-date", time],
    ];
    if (credentials.sessionToken) {
      headers.push(["x-amz-security-token", credentials.sessionToken.reveal()]);
    }
    const scope = [time.slice(0, 8), this.region, "sts", "aws4_request"];
    const names = headers.map(([name]) => name).join(";");
    // NOTE: neither path nor values are escaped here: the characters of a method's name
    // are all unreserved, and the values are printable and without blanks.
    const lines = headers.map(([name, value]) => `${name}:${value}\n`).join("");
    const request = `POST\n${method}\n\n${lines}\n${names}\n${sha256(body)}`;
    const text = [ALGORITHM, time, scope.join("/"), sha256(Buffer.from(request))].join("\n");
    let key = Buffer.from(`AWS4${credentials.secretAccessKey.reveal()}`);
    for (const part of scope) key = mac(key, part);
    const authorization =
      `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope.join("/")},` +
      ` SignedHeaders=${names}, Signature=${mac(key, text).toString("hex")}`;
    return [["authorization", authorization], ...headers];
  }
}

function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function mac(key: Uint8Array, text: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHmac("sha256", key).update(text).digest());
}
