import { ConfigurationError } from "../errors.js";
import { Secret } from "../secret.js";

/** A value and where it stands; the value may be secret. */
export interface Entry {
  readonly text: Secret;
  readonly file: string;
  readonly line: number;
}

/** The entries of a section, by key. */
export type Entries = Map<string, Entry>;

/** A section: its name as written, and where it begins. */
export interface Section {
  readonly name: string;
  readonly line: number;
  readonly entries: Entries;
}

/**
 * Reads a file of the AWS SDKs: sections of `key = value`. Values have one line; what is
 * indented below a key without a value is a nested setting of another service, and is
 * passed over. An error names the line and shows nothing of it.
 */
export function parseSections(text: string, file: string): Section[] {
  const sections: Section[] = [];
  let depth = -1;
  let nested = false;
  for (const [place, line] of text.split("\n").entries()) {
    const fault = (message: string) => new ConfigurationError(message, "", file, place + 1);
    const content = line.trim();
    if (content === "" || content[0] === "#" || content[0] === ";") continue;
    if (line[0] === "[") {
      const name = /^\[\s*([^[\]]*?)\s*\]\s*(?:[#;].*)?$/.exec(content)?.[1];
      if (!name) throw fault("The section is not of the form [name].");
      if (sections.some((each) => each.name === name)) throw fault("The section is a repetition.");
      sections.push({ name, line: place + 1, entries: new Map() });
      [depth, nested] = [-1, false];
      continue;
    }
    const indent = line.length - line.trimStart().length;
    if (depth >= 0 && indent > depth) {
      if (!nested) throw fault("The line is indented; a value has one line.");
      continue;
    }
    const [, key, value] = /^([^=]*?)\s*=\s*(.*)$/s.exec(content) ?? [];
    if (!key || value === undefined) throw fault("The line is not of the form key = value.");
    const entries = sections.at(-1)?.entries;
    if (entries === undefined) throw fault("The key stands before the first [section].");
    if (entries.has(key.toLowerCase())) throw fault("The key is a repetition.");
    entries.set(key.toLowerCase(), { text: new Secret(value), file, line: place + 1 });
    [depth, nested] = [indent, value === ""];
  }
  return sections;
}

/** Splits a command line as a shell does, without expanding anything; undefined for none. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let place = 0; place < text.length; place++) {
    const character = text.charAt(place);
    if (character === "\\" && quote !== "'") {
      const next = text.charAt(++place);
      if (next === "") return undefined;
      const kept = quote === '"' && next !== '"' && next !== "\\" ? "\\" : "";
      word = (word ?? "") + kept + next;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return quote === "" ? words : undefined;
}
