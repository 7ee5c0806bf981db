/** Verifies the session token on standard input, and assumes a role. */
import { readFileSync } from "node:fs";
import { DaypassClient, loadProfile } from "../src/index.js";
import { TokenVerifier } from "../src/verifier/index.js";

const watcher = new DaypassClient(loadProfile("verifier"));
const verifier = await TokenVerifier.start(watcher);
const { claims, revocationViewAgeMs } = await verifier.verifySessionToken(
  readFileSync(0, "ascii").trim(),
);
console.log(`${claims.accessKeyId} good, as of ${revocationViewAgeMs} ms ago`);
await verifier.close();
watcher.close();

const client = new DaypassClient(loadProfile("dev"));
const roleArn = "arn:aws:iam::123456789012:role/ReadOnlyRole";
console.log((await client.assumeRole({ roleArn })).arn);
client.close();
