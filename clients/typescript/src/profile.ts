import type { Credentials } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import type { Secret } from "./secret.js";

/** The region of signatures where nobody says another. */
export const DEFAULT_REGION = "us-east-1";

/** A role, and how it is assumed. */
export interface RoleRequest {
  readonly roleArn: string;
  /** One is made of the time where there is none. */
  readonly sessionName?: string | undefined;
  readonly durationSeconds?: number | undefined;
  readonly externalId?: string | undefined;
  /** Names a second factor; `tokenCode` is what it shows. */
  readonly serialNumber?: string | undefined;
  readonly tokenCode?: string | undefined;
  readonly sourceIdentity?: string | undefined;
  /** Narrows the session; IAM JSON. */
  readonly policy?: string | undefined;
}

/** A role that is assumed by a token in a file, which is read each time. */
export interface WebIdentitySource {
  readonly roleArn: string;
  readonly tokenFile: string;
  readonly sessionName?: string | undefined;
  readonly durationSeconds?: number | undefined;
}

/** A program that prints credentials, which runs without a shell. */
export interface ProcessSource {
  readonly kind: "process";
  readonly command: readonly string[];
}

/** An endpoint that hands out credentials, such as the agent's. */
export interface ContainerSource {
  readonly kind: "container";
  /** In clear only to this machine, or a link-local address of AWS. */
  readonly url: string;
  readonly authorization?: Secret | undefined;
  /** It is read each time. */
  readonly authorizationFile?: string | undefined;
}

/** Where calls go, and what signs them; of the first three there is one at most. */
export interface Profile {
  readonly credentials?: Credentials | undefined;
  readonly webIdentity?: WebIdentitySource | undefined;
  readonly source?: ProcessSource | ContainerSource | undefined;
  /** Assumed one with the credentials of the one before. */
  readonly roles?: readonly RoleRequest[];
  readonly endpoint?: Endpoint;
  readonly region?: string;
  /** A file of certificates that TLS trusts; undefined for the usual. */
  readonly caBundle?: string | undefined;
  /** A file with the certificate that this client shows, and that of its key. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
}
