/** A number with a fraction or an exponent, which no claim of ours is. */
export class Fraction {
  constructor(readonly text: string) {}
}

/** A value of a document; integers that a number cannot hold are `bigint`. */
export type Json = null | boolean | number | bigint | string | Fraction | Json[] | JsonObject;

/** An object; a map, so that no name of a member means more than itself. */
export type JsonObject = Map<string, Json>;

const DEPTH_MAX = 32;
const NUMBER_CHARACTERS_MAX = 32;
const EXPONENT_MAX = 308;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?/y;
// NOTE: characters of the alphabet of JSON, in runs, so that no expression backtracks.
const PLAIN = /[ !#-[\]-\uffff]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const BLANKS = /[ \t\n\r]+/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Parses a document that must be an object; undefined for any other.
 *
 * SPEC: RFC 8259, narrowed: UTF-8 without a byte order mark; no lone surrogates; no
 * duplicate members; bounded depth and numbers. Who calls has bounded its size.
 */
export function loadsObject(data: Uint8Array): JsonObject | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    const value = new Parser(text).document();
    return value instanceof Map ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #place = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    this.#take(BLANKS);
    if (this.#place !== this.#text.length) throw new SyntaxError("something is left over");
    return value;
  }

  #value(depth: number): Json {
    this.#take(BLANKS);
    switch (this.#text.charAt(this.#place)) {
      case "{":
        return this.#object(depth + 1);
      case "[":
        return this.#list(depth + 1);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const found: JsonObject = new Map();
    this.#members("}", depth, () => {
      const name = this.#string();
      this.#take(BLANKS);
      this.#expect(":");
      if (found.has(name)) throw new SyntaxError("an object has two members of one name");
      found.set(name, this.#value(depth));
    });
    return found;
  }

  #list(depth: number): Json[] {
    const found: Json[] = [];
    this.#members("]", depth, () => found.push(this.#value(depth)));
    return found;
  }

  #members(end: string, depth: number, read: () => void): void {
    if (depth > DEPTH_MAX) throw new SyntaxError("the document is nested too deeply");
    this.#place++;
    this.#take(BLANKS);
    if (this.#text.charAt(this.#place) === end) {
      this.#place++;
      return;
    }
    for (;;) {
      this.#take(BLANKS);
      read();
      this.#take(BLANKS);
      if (this.#text.charAt(this.#place) !== ",") break;
      this.#place++;
    }
    this.#expect(end);
  }

  #string(): string {
    const begin = this.#place;
    this.#expect('"');
    while (this.#take(PLAIN) || this.#take(ESCAPE));
    this.#expect('"');
    const text: string = JSON.parse(this.#text.slice(begin, this.#place));
    if (LONE_SURROGATE.test(text)) throw new SyntaxError("a string holds half a character");
    return text;
  }

  #number(): Json {
    const match = this.#take(NUMBER);
    if (match === null || match[0].length > NUMBER_CHARACTERS_MAX) {
      throw new SyntaxError("no value, or a number with too many digits");
    }
    if (Math.abs(Number(match[1] ?? 0)) > EXPONENT_MAX) {
      throw new SyntaxError("a number has too large an exponent");
    }
    if (/[.eE]/.test(match[0])) return new Fraction(match[0]);
    const number = Number(match[0]);
    return Number.isSafeInteger(number) ? number : BigInt(match[0]);
  }

  #word<T>(word: string, value: T): T {
    for (const character of word) this.#expect(character);
    return value;
  }

  #expect(character: string): void {
    if (this.#text.charAt(this.#place) !== character) throw new SyntaxError("not JSON");
    this.#place++;
  }

  #take(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#place;
    const match = form.exec(this.#text);
    if (match !== null) this.#place += match[0].length;
    return match;
  }
}

/** Returns a value as programs know it, for claims that are passed on. */
export function plain(value: Json): unknown {
  if (value instanceof Map) return plainMembers(value);
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Fraction ? Number(value.text) : value;
}

/** Returns the members of an object as programs know them. */
export function plainMembers(members: JsonObject): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = Object.create(null);
  for (const [name, value] of members) found[name] = plain(value);
  return found;
}
