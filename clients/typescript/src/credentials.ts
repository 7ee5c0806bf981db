import { ConfigurationError } from "./errors.js";
import { Secret } from "./secret.js";

// Secrets have forty characters; some services make longer ones.
const SECRET_CHARACTERS_MAX = 1_024;
/** The server takes no longer token, whatever it says. */
export const SESSION_TOKEN_CHARACTERS_MAX = 8_192;

/** What signs calls; it prints without its secrets. */
export class Credentials {
  /**
   * Makes credentials; its error names the part that cannot be used, and shows nothing.
   *
   * @param accessKeyId names the credentials; not a secret.
   * @param secretAccessKey signs calls, and is never sent with one.
   * @param sessionToken travels with each call; undefined for long-term credentials.
   * @param expiration when they end; undefined for never, or where that is not told.
   */
  static of(
    accessKeyId: string,
    secretAccessKey: string,
    sessionToken?: string | null,
    expiration?: Date,
  ): Credentials {
    if (!/^[A-Za-z0-9_]{16,128}$/.test(accessKeyId)) {
      throw new ConfigurationError(
        "The access key id is not 16 to 128 letters, digits and underscores.",
      );
    }
    check("secret access key", secretAccessKey, SECRET_CHARACTERS_MAX);
    if (sessionToken !== undefined && sessionToken !== null) {
      check("session token", sessionToken, SESSION_TOKEN_CHARACTERS_MAX);
      return new Credentials(
        accessKeyId,
        new Secret(secretAccessKey),
        new Secret(sessionToken),
        expiration,
      );
    }
    return new Credentials(accessKeyId, new Secret(secretAccessKey), undefined, expiration);
  }

  private constructor(
    readonly accessKeyId: string,
    readonly secretAccessKey: Secret,
    readonly sessionToken: Secret | undefined,
    readonly expiration: Date | undefined,
  ) {}
}

function check(part: string, text: string, most: number): void {
  if (text.length > most || !/^[\x21-\x7e]+$/.test(text)) {
    throw new ConfigurationError(
      `The ${part} is not 1 to ${most} printable ASCII characters without blanks.`,
    );
  }
}
