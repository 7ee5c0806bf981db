import { closeSync, openSync, readSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** What came of a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly cacheControl: string;
  readonly data: Buffer;
}

/** Reads a file, and fails where it is longer than it may be. */
export function readFileBounded(file: string, bytesMax: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const data = Buffer.alloc(bytesMax + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, data, length, data.length - length, null);
      if (read === 0) return data.subarray(0, length);
      length += read;
      if (length > bytesMax) throw new RangeError("it is too long");
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Asks the host of a URL and no other: a redirection is an answer, and there is no proxy.
 */
export function httpGet(
  url: URL,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
    readonly bytesMax: number;
    readonly ca?: Buffer | undefined;
  },
): Promise<HttpAnswer> {
  const ask = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = ask(
      url,
      {
        agent: false,
        headers: options.headers,
        signal: AbortSignal.timeout(options.timeoutMs),
        minVersion: "TLSv1.2",
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
      (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on("data", (part: Buffer) => {
          length += part.length;
          if (length > options.bytesMax) response.destroy(new Error("the answer is too long"));
          else parts.push(part);
        });
        response.on("error", reject);
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            cacheControl: String(response.headers["cache-control"] ?? ""),
            data: Buffer.concat(parts),
          });
        });
      },
    );
    request.on("error", reject);
    request.end();
  });
}
