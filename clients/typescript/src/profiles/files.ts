import { lstatSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { readFileBounded } from "../bounded.js";
import { ConfigurationError } from "../errors.js";
import { unreadableFile } from "../transport.js";
import { type Entries, parseSections, type Section, splitWords } from "./ini.js";

/** The profile that counts where nobody names one. */
export const DEFAULT_PROFILE = "default";
// A thousand profiles are about 200 KiB.
const FILE_BYTES_MAX = 1_048_576;

/** What the process has around it: the environment and two folders. */
export class Surroundings {
  constructor(
    private readonly environ: Readonly<Record<string, string | undefined>>,
    readonly home: string,
    readonly folder: string,
  ) {}

  /** Returns the first of these variables that is set and not empty. */
  get(...names: string[]): string | undefined {
    return names.map((name) => this.environ[name]).find(Boolean);
  }

  /** Returns a path as a person writes it. */
  resolve(text: string): string;
  resolve(text: string | undefined): string | undefined;
  resolve(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    if (text === "~" || text.startsWith("~/")) return join(this.home, text.slice(1));
    return resolve(this.folder, text);
  }
}

/** The profiles of a pair of files, and where they were looked for. */
export interface ProfileFiles {
  readonly profiles: ReadonlyMap<string, Entries>;
  readonly places: readonly string[];
}

/** Reads the files that the variables of AWS name, or those in `~/.aws`. */
export function awsFiles(around: Surroundings): ProfileFiles {
  return readPair(
    around.resolve(around.get("AWS_SHARED_CREDENTIALS_FILE")) ??
      join(around.home, ".aws", "credentials"),
    around.resolve(around.get("AWS_CONFIG_FILE")) ?? join(around.home, ".aws", "config"),
  );
}

/**
 * Reads `.daypass` of the current folder, as a development server writes it. There is none
 * where a variable of AWS names files, and where the folder is missing, belongs to
 * somebody else or can be written by others.
 *
 * NOTE: such a folder counts only as a whole: its endpoint never meets credentials from
 * elsewhere, so that a folder of a stranger cannot draw them.
 */
export function localFiles(around: Surroundings): ProfileFiles | undefined {
  if (around.get("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE") !== undefined) return undefined;
  const folder = join(around.folder, ".daypass");
  let state: Stats;
  try {
    state = lstatSync(folder);
  } catch {
    return undefined;
  }
  const owned = state.uid === process.geteuid?.();
  if (!state.isDirectory() || !owned || (state.mode & 0o022) !== 0) return undefined;
  return readPair(join(folder, "credentials"), join(folder, "config"));
}

/** Reads two files; where both have a key of a profile, the credentials file counts. */
function readPair(credentials: string, config: string): ProfileFiles {
  const profiles = new Map<string, Entries>();
  const add = (name: string, { entries }: Section) => {
    profiles.set(name, new Map([...(profiles.get(name) ?? []), ...entries]));
  };
  for (const section of readSections(config)) {
    const name = configName(section, config);
    if (name !== undefined) add(name, section);
  }
  for (const section of readSections(credentials)) add(section.name, section);
  return { profiles, places: [credentials, config] };
}

function readSections(file: string): Section[] {
  let data: Buffer;
  try {
    data = readFileBounded(file, FILE_BYTES_MAX);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw unreadableFile("file", file, error);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw new ConfigurationError("The file is not UTF-8 text.", "", file);
  }
  return parseSections(text, file);
}

/** Returns the profile that a section of a config file is of, if it is of one. */
function configName(section: Section, file: string): string | undefined {
  if (section.name === DEFAULT_PROFILE) return section.name;
  const fault = (message: string) => new ConfigurationError(message, "", file, section.line);
  const words = splitWords(section.name);
  if (words === undefined) throw fault("The section has a quotation mark without its pair.");
  if (words[0] !== "profile") return undefined;
  if (words.length !== 2) throw fault("The section is not of the form [profile name].");
  return words[1];
}
