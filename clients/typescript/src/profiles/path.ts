import { Credentials } from "../credentials.js";
import { ConfigurationError } from "../errors.js";
import type {
  ContainerSource,
  ProcessSource,
  Profile,
  RoleRequest,
  WebIdentitySource,
} from "../profile.js";
import { Secret } from "../secret.js";
import { checkSourceUrl } from "../sources.js";
import type { ProfileFiles, Surroundings } from "./files.js";
import { type Entries, splitWords } from "./ini.js";

// Roles that one profile may lead through; the server allows as many.
const ROLES_MAX = 16;
// Where the agent of a container answers, for what is given without a host.
const CONTAINER_HOST = "http://169.254.170.2";

/** What a profile leads to: a beginning, and roles behind it. */
export type CredentialPath = Pick<Profile, "credentials" | "webIdentity" | "source" | "roles">;

/** Returns what the environment leads to by itself; undefined for nothing. */
export function environmentPath(around: Surroundings): CredentialPath | undefined {
  const credentials = environmentCredentials(around);
  if (credentials !== undefined) return { credentials };
  const tokenFile = around.resolve(around.get("AWS_WEB_IDENTITY_TOKEN_FILE"));
  if (tokenFile === undefined) return undefined;
  const roleArn = around.get("AWS_ROLE_ARN");
  if (roleArn === undefined) {
    throw new ConfigurationError(
      "Of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN only the first is set.",
      "Set both, or neither.",
    );
  }
  return { webIdentity: { roleArn, tokenFile, sessionName: around.get("AWS_ROLE_SESSION_NAME") } };
}

function environmentCredentials(around: Surroundings): Credentials | undefined {
  const id = around.get("AWS_ACCESS_KEY_ID");
  const secret = around.get("AWS_SECRET_ACCESS_KEY");
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined || secret === undefined) {
    throw new ConfigurationError(
      "Of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set.",
      "Set both, or neither.",
    );
  }
  return Credentials.of(id, secret, around.get("AWS_SESSION_TOKEN"));
}

/** Returns the endpoint that runs beside the program; undefined for none. */
export function environmentContainer(around: Surroundings): ContainerSource | undefined {
  const relative = around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative !== undefined && !relative.startsWith("/")) {
    throw new ConfigurationError(
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash.",
    );
  }
  const url = relative === undefined ? full : CONTAINER_HOST + relative;
  if (url === undefined) return undefined;
  checkSourceUrl(url);
  const authorization = around.get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  return {
    kind: "container",
    url,
    authorization: authorization === undefined ? undefined : new Secret(authorization),
    authorizationFile: around.resolve(around.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")),
  };
}

/** Follows a profile to its credentials, through the roles that it names. */
export function readPath(name: string, files: ProfileFiles, around: Surroundings): CredentialPath {
  const roles: RoleRequest[] = [];
  const first: Entries = files.profiles.get(name) ?? new Map();
  let entries = first;
  while (text(entries, "role_arn") !== undefined) {
    if (text(entries, "web_identity_token_file") !== undefined) {
      return { webIdentity: readWebIdentity(entries, around), roles };
    }
    if (roles.length === ROLES_MAX) {
      throw fault(
        entries,
        "role_arn",
        `The profile leads through more than ${ROLES_MAX} roles, or back to itself.`,
      );
    }
    roles.unshift(readRole(entries));
    const named = text(entries, "credential_source");
    if (named !== undefined) return { ...readNamedSource(entries, named, around), roles };
    entries = readSource(entries, files);
    // As in the AWS tools: a source's own keys come before its role.
    if (text(entries, "aws_access_key_id") !== undefined) break;
  }
  const credentials = readKeys(entries);
  if (credentials !== undefined) return { credentials, roles };
  const source = readProcess(entries);
  if (source === undefined && roles.length > 0) {
    throw fault(
      first,
      "role_arn",
      "The profile's source_profile leads to a profile without credentials.",
    );
  }
  return { source, roles };
}

function readNamedSource(entries: Entries, named: string, around: Surroundings): CredentialPath {
  const wrong = (message: string) => fault(entries, "credential_source", message);
  if (text(entries, "source_profile") !== undefined) {
    throw wrong("A profile has source_profile or credential_source.");
  }
  if (named === "Environment") {
    const credentials = environmentCredentials(around);
    if (credentials === undefined) throw wrong("There are no keys in the environment.");
    return { credentials };
  }
  if (named === "EcsContainer") {
    const source = environmentContainer(around);
    if (source === undefined) throw wrong("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set.");
    return { source };
  }
  throw wrong("credential_source is Environment or EcsContainer.");
}

function readProcess(entries: Entries): ProcessSource | undefined {
  const line = text(entries, "credential_process");
  if (line === undefined) return undefined;
  const command = splitWords(line);
  if (!command?.[0]) {
    throw fault(
      entries,
      "credential_process",
      "credential_process is not a program with arguments.",
    );
  }
  return { kind: "process", command };
}

function readWebIdentity(entries: Entries, around: Surroundings): WebIdentitySource {
  for (const key of ["source_profile", "mfa_serial", "external_id"]) {
    if (text(entries, key) !== undefined) {
      throw fault(entries, key, `A profile with web_identity_token_file takes no ${key}.`);
    }
  }
  return {
    roleArn: text(entries, "role_arn") ?? "",
    tokenFile: around.resolve(text(entries, "web_identity_token_file") ?? ""),
    sessionName: text(entries, "role_session_name"),
    durationSeconds: readDuration(entries),
  };
}

function readSource(entries: Entries, files: ProfileFiles): Entries {
  const name = text(entries, "source_profile");
  if (name === undefined) {
    refuseOtherForms(entries);
    throw fault(
      entries,
      "role_arn",
      "A profile with role_arn needs source_profile or web_identity_token_file too.",
    );
  }
  const found = files.profiles.get(name);
  if (found === undefined)
    throw fault(entries, "source_profile", "There is no such source_profile.");
  return found;
}

function readRole(entries: Entries): RoleRequest {
  return {
    roleArn: text(entries, "role_arn") ?? "",
    sessionName: text(entries, "role_session_name"),
    durationSeconds: readDuration(entries),
    externalId: text(entries, "external_id"),
    serialNumber: text(entries, "mfa_serial"),
  };
}

function readDuration(entries: Entries): number | undefined {
  const digits = text(entries, "duration_seconds");
  // NOTE: no upper bound: what a role allows is the server's to say.
  if (digits !== undefined && !/^[0-9]{1,6}$/.test(digits)) {
    throw fault(entries, "duration_seconds", "duration_seconds is not a whole number of seconds.");
  }
  return digits === undefined ? undefined : Number(digits);
}

function readKeys(entries: Entries): Credentials | undefined {
  const id = text(entries, "aws_access_key_id");
  const secret = text(entries, "aws_secret_access_key");
  if (id === undefined && secret === undefined) {
    refuseOtherForms(entries);
    return undefined;
  }
  const present = id === undefined ? "aws_secret_access_key" : "aws_access_key_id";
  if (id === undefined || secret === undefined) {
    throw fault(
      entries,
      present,
      "Of aws_access_key_id and aws_secret_access_key only one is there.",
    );
  }
  try {
    return Credentials.of(id, secret, text(entries, "aws_session_token"));
  } catch (error) {
    throw fault(entries, present, (error as Error).message);
  }
}

function refuseOtherForms(entries: Entries): void {
  if (text(entries, "web_identity_token_file") !== undefined) {
    throw fault(
      entries,
      "web_identity_token_file",
      "A profile with web_identity_token_file needs role_arn too.",
    );
  }
  for (const key of ["sso_session", "sso_start_url", "login_session"]) {
    if (text(entries, key) !== undefined) {
      throw fault(
        entries,
        key,
        `Profiles with ${key} are not supported; use keys, credential_process, or role_arn` +
          " with source_profile or web_identity_token_file.",
      );
    }
  }
}

/** Returns the text of an entry that has one. */
export function text(entries: Entries | undefined, key: string): string | undefined {
  return entries?.get(key)?.text.reveal() || undefined;
}

function fault(entries: Entries, key: string, message: string): ConfigurationError {
  const entry = entries.get(key);
  return new ConfigurationError(message, "", entry?.file, entry?.line);
}
