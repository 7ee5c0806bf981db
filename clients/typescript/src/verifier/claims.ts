import { untrusted } from "./compact.js";
import { type Json, type JsonObject, loadsObject } from "./strict-json.js";

// The year 9999, which is as far as a time of other languages reaches.
const SECONDS_MAX = 253_402_300_799;

/**
 * The claims of a token whose signature and type are right, taken one by one, each in its
 * one type; a claim that is missing or of another type refuses the token.
 *
 * SPEC: RFC 7519 section 4.
 */
export class Claims {
  constructor(readonly members: JsonObject) {}

  /** Reads a payload. */
  static of(payload: Uint8Array): Claims {
    const members = loadsObject(payload);
    if (members === undefined) throw untrusted();
    return new Claims(members);
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  take(name: string): Json {
    const value = this.members.get(name);
    if (value === undefined) throw untrusted();
    this.members.delete(name);
    return value;
  }

  text(name: string): string {
    return asText(this.take(name));
  }

  textIfAny(name: string): string {
    return this.has(name) ? this.text(name) : "";
  }

  texts(name: string): string[] {
    return this.has(name) ? asTexts(this.take(name)) : [];
  }

  /** Takes a string or a list of strings, of which there is at least one. */
  textOrTexts(name: string): string[] {
    const value = this.take(name);
    const found = typeof value === "string" ? [value] : asTexts(value);
    if (found.length === 0 || found.includes("")) throw untrusted();
    return found;
  }

  integer(name: string): number {
    return asInteger(this.take(name));
  }

  instant(name: string): Date {
    return new Date(this.integer(name) * 1_000);
  }

  instantIfAny(name: string): Date | undefined {
    return this.has(name) ? this.instant(name) : undefined;
  }

  textAndInteger(name: string): [string, number] {
    const value = this.take(name);
    if (!Array.isArray(value) || value.length !== 2) throw untrusted();
    return [asText(value[0]), asInteger(value[1])];
  }

  textLists(name: string): ReadonlyMap<string, readonly string[]> {
    if (!this.has(name)) return new Map();
    return new Map([...asObject(this.take(name))].map(([key, value]) => [key, asTexts(value)]));
  }

  textMap(name: string): ReadonlyMap<string, string> {
    if (!this.has(name)) return new Map();
    return new Map([...asObject(this.take(name))].map(([key, value]) => [key, asText(value)]));
  }

  /** Takes an object, whose members are claims of their own. */
  inner(name: string): Claims {
    return new Claims(asObject(this.take(name)));
  }

  /** Refuses a token with a claim that nobody took. */
  checkAllTaken(): void {
    if (this.members.size > 0) throw untrusted();
  }
}

function asText(value: Json | undefined): string {
  if (typeof value !== "string") throw untrusted();
  return value;
}

function asTexts(value: Json): string[] {
  if (!Array.isArray(value)) throw untrusted();
  return value.map(asText);
}

function asObject(value: Json): JsonObject {
  if (!(value instanceof Map)) throw untrusted();
  return value;
}

function asInteger(value: Json | undefined): number {
  if (typeof value !== "number" || value < 0 || value > SECONDS_MAX) throw untrusted();
  return value;
}
