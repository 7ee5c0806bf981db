// Calls one operation of STS with the AWS SDK for JavaScript, unmodified.
//
// Standard input is a JSON object: `endpoint`, `credentials` (or none for calls that
// are not signed), `operation` and `parameters`. Standard output is one JSON object:
// `answer`, or `error` with the name, the status and the request id.
import { readFileSync } from "node:fs";
import * as sts from "@aws-sdk/client-sts";

const { endpoint, credentials, operation, parameters } = JSON.parse(
  readFileSync(0, "utf8"),
);
const client = new sts.STSClient({
  endpoint,
  region: "us-east-1",
  maxAttempts: 1,
  credentials: credentials ?? { accessKeyId: "unused", secretAccessKey: "unused" },
});

let found;
try {
  const answer = await client.send(new sts[`${operation}Command`](parameters));
  found = { answer };
} catch (error) {
  const { httpStatusCode, requestId } = error.$metadata ?? {};
  found = { error: { name: error.name, status: httpStatusCode, requestId } };
}
process.stdout.write(JSON.stringify(found));
