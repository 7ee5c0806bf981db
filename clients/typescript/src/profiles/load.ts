import { homedir } from "node:os";
import { DEFAULT_ENDPOINT, Endpoint } from "../endpoint.js";
import { ConfigurationError } from "../errors.js";
import { DEFAULT_REGION, type Profile } from "../profile.js";
import { awsFiles, DEFAULT_PROFILE, localFiles, type ProfileFiles, Surroundings } from "./files.js";
import {
  type CredentialPath,
  environmentContainer,
  environmentPath,
  readPath,
  text,
} from "./path.js";

/** What counts whatever the environment and the profile say. */
export interface LoadOptions {
  readonly endpoint?: string;
  readonly region?: string;
  /** The environment and the folders; this process's where there is none. */
  readonly surroundings?: Surroundings;
}

/**
 * Loads a profile.
 *
 * Without a name it takes the credentials of the environment (`AWS_ACCESS_KEY_ID` and its
 * kin), or else the token that `AWS_WEB_IDENTITY_TOKEN_FILE` names for the role of
 * `AWS_ROLE_ARN`, or else the profile that `DAYPASS_PROFILE` or `AWS_PROFILE` names, or else
 * `default`, or else the endpoint of `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
 */
export function loadProfile(name?: string, options: LoadOptions = {}): Profile {
  const around = options.surroundings ?? new Surroundings(process.env, homedir(), process.cwd());
  const chosen = name ?? around.get("DAYPASS_PROFILE", "AWS_PROFILE");
  const wanted = chosen ?? DEFAULT_PROFILE;
  const given = name === undefined ? environmentPath(around) : undefined;
  const aws = awsFiles(around);
  const local = given === undefined && !aws.profiles.has(wanted) ? localFiles(around) : undefined;
  const files = local?.profiles.has(wanted) ? local : aws;
  const entries = files.profiles.get(wanted);
  const variable = (names: string[], key: string) => around.get(...names) ?? text(entries, key);
  const endpoint =
    options.endpoint ??
    around.get("DAYPASS_ENDPOINT") ??
    text(entries, "daypass_endpoint") ??
    text(entries, "endpoint_url");
  return {
    ...(given ?? pathOf(chosen, files, local, around)),
    endpoint: Endpoint.parse(endpoint ?? DEFAULT_ENDPOINT),
    region:
      options.region ?? variable(["AWS_REGION", "AWS_DEFAULT_REGION"], "region") ?? DEFAULT_REGION,
    caBundle: around.resolve(variable(["AWS_CA_BUNDLE"], "ca_bundle")),
    clientCertificate: around.resolve(
      variable(["DAYPASS_CLIENT_CERTIFICATE"], "daypass_client_certificate"),
    ),
    clientKey: around.resolve(variable(["DAYPASS_CLIENT_KEY"], "daypass_client_key")),
  };
}

function pathOf(
  chosen: string | undefined,
  files: ProfileFiles,
  local: ProfileFiles | undefined,
  around: Surroundings,
): CredentialPath {
  const wanted = chosen ?? DEFAULT_PROFILE;
  if (files.profiles.has(wanted)) return readPath(wanted, files, around);
  // As in the AWS tools: what runs beside the program comes last.
  if (chosen === undefined) return { source: environmentContainer(around) };
  const known = [...files.profiles.keys(), ...(local?.profiles.keys() ?? [])].sort();
  throw new ConfigurationError(
    `There is no profile "${chosen}" in ${[...files.places, ...(local?.places ?? [])].join(", ")}.`,
    known.length > 0 ? `There are: ${known.join(", ")}.` : "",
  );
}
