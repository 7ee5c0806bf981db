/**
 * The TypeScript client of Daypass: temporary credentials over gRPC.
 *
 * It owns the client, the signing of calls, profiles, and credentials that renew
 * themselves. It leans on the generated messages in `api/`. Tokens are verified without a
 * call by `daypass-client/verifier`.
 */
export type { AskCode } from "./chain.js";
export {
  type AssumedRole,
  type ClientOptions,
  DaypassClient,
  type VerifiedToken,
} from "./client.js";
export { type Clock, systemClock } from "./clock.js";
export { Credentials } from "./credentials.js";
export { DEFAULT_ENDPOINT, Endpoint } from "./endpoint.js";
export * from "./errors.js";
export type {
  ContainerSource,
  ProcessSource,
  Profile,
  RoleRequest,
  WebIdentitySource,
} from "./profile.js";
export { type LoadOptions, loadProfile } from "./profiles/load.js";
export { RefreshingCredentials } from "./provider.js";
export { Secret } from "./secret.js";
export { type Header, Signer } from "./signing.js";
export { VERSION } from "./version.js";
