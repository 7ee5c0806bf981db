// Signs requests with the signer of the AWS SDK for JavaScript, unmodified.
//
// Each line of standard input is a JSON object: `request`, as the signer takes it;
// `credentials`; `region`; `service`; `date`; and `expires`, for one that is signed in
// its query. For each, one line of standard output is the request as it was signed.
import { createInterface } from "node:readline";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

for await (const line of createInterface({ input: process.stdin })) {
  const { request, credentials, region, service, date, expires } = JSON.parse(line);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signingDate = new Date(date);
  const signed = expires
    ? await signer.presign(request, { signingDate, expiresIn: expires })
    : await signer.sign(request, { signingDate });
  process.stdout.write(`${JSON.stringify(signed)}\n`);
}
