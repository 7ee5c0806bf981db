import { createHash, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

/** What stands where a secret would be printed. */
export const REDACTED = "<redacted>";

/** Text that does not print, and is not encoded. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the text; every call of it is worth a look. */
  reveal(): string {
    return this.#text;
  }

  /** Compares in constant time. */
  equals(other: Secret): boolean {
    const digest = (text: string) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(this.#text), digest(other.#text));
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
