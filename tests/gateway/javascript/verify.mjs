// Verifies tokens with jose, unmodified, and with keys that it fetches itself.
//
// Standard input is a JSON object: `keySet`, the URL of the keys; `headers`,
// those to ask for them with; and `checks`, each with a `token`, the `options` of jose
// and the time `now`. Standard output is a list: for each check `claims`, or the
// `error` code.
import { readFileSync } from "node:fs";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const { keySet, headers, checks } = JSON.parse(readFileSync(0, "utf8"));
const keys = createRemoteJWKSet(new URL(keySet), { headers });

const found = [];
for (const { token, options, now } of checks) {
  try {
    const currentDate = new Date(now * 1000);
    const { payload } = await jwtVerify(token, keys, { ...options, currentDate });
    found.push({ claims: payload });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    found.push({ error: error.code });
  }
}
process.stdout.write(JSON.stringify(found));
