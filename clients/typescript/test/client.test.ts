import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { format, inspect } from "node:util";
import { Server as GrpcServer, ServerCredentials, status } from "@grpc/grpc-js";
import { SessionService } from "../src/api/daypass/api/session/v1/session_service_pb.js";
import {
  AccessDeniedError,
  ConfigurationError,
  Credentials,
  DaypassClient,
  Endpoint,
  loadProfile,
  type Profile,
  RejectedError,
  Secret,
  UnavailableError,
  VERSION,
} from "../src/index.js";
import { Surroundings } from "../src/profiles/files.js";
import { askSource } from "../src/sources.js";

const ID = `AKIA${"Q".repeat(16)}`;
const KEYS_OF_A = `[a]\naws_access_key_id = ${ID}\naws_secret_access_key = hush\n`;
const DOCUMENT = {
  Version: 1,
  AccessKeyId: ID,
  SecretAccessKey: "hush",
  SessionToken: "t",
  Token: "t",
  Expiration: "2030-01-01T00:00:00Z",
};

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "daypass-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Loads a profile in a folder of its own, which stands for the home too. */
function loads(
  name: string | undefined,
  files: Record<string, string>,
  environ: Record<string, string> = {},
): Profile {
  const folder = folderWith(files);
  return loadProfile(name, { surroundings: new Surroundings(environ, folder, folder) });
}

/** Lets a server answer while something is done with its URL. */
async function serving<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server: Server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
  }
}

test("a secret prints in no way that the language has", () => {
  const keys = Credentials.of(ID, "hush-hush", "hush-token");
  const shown = [
    `${keys.secretAccessKey}${keys.sessionToken}${keys}`,
    format("%s %o %O %j %d", keys, keys, keys, keys, keys.secretAccessKey),
    inspect(new Map([[1, { keys }]]), { showHidden: true, depth: null }),
    JSON.stringify({ keys, values: Object.values(keys) }),
    Reflect.ownKeys(keys.secretAccessKey).join(),
  ].join();

  assert.ok(!shown.includes("hush"), shown);
  assert.ok(shown.includes(ID));
  assert.ok(new Secret("a").equals(new Secret("a")) && !new Secret("a").equals(new Secret("b")));
});

test("what cannot be credentials is refused, and not shown", () => {
  for (const [id, secret, token] of [
    ["short", "secret", undefined],
    [ID, "", undefined],
    [ID, "sec ret", undefined],
    [ID, "s".repeat(1_025), undefined],
    [ID, "secret", "to\nken"],
    [ID, "secret", ""],
  ] as const) {
    assert.throws(
      () => Credentials.of(id, secret, token),
      (error: Error) => error instanceof ConfigurationError && !error.message.includes("sec ret"),
    );
  }
});

test("in clear only this machine is spoken with, unless the scheme says so", () => {
  for (const [text, target, encrypted] of [
    ["127.0.0.1:50051", "127.0.0.1:50051", false],
    ["[::1]:1", "[::1]:1", false],
    ["sts.example:50051", "sts.example:50051", true],
    ["https://sts.example", "sts.example:443", true],
    ["unsafe-plaintext://sts.test:1", "sts.test:1", false],
    ["unix:/run/daypass.sock", "unix:/run/daypass.sock", false],
  ] as const) {
    const found = Endpoint.parse(text);
    assert.deepEqual([target, encrypted], [found.target, found.encrypted]);
  }
  for (const text of ["", "host", "host:0", "host:65536", "http://sts.example:1", "a:1/b"]) {
    assert.throws(() => Endpoint.parse(text), ConfigurationError);
  }
});

test("each form of a profile leads to its beginning and its roles", () => {
  const config = (text: string) => ({ ".aws/credentials": KEYS_OF_A, ".aws/config": text });
  assert.equal(loads("a", config("")).credentials?.accessKeyId, ID);

  const chained = loads(
    undefined,
    config(
      "[profile b]\nrole_arn=one\nsource_profile=a\nduration_seconds=900\n" +
        "[profile c]\nrole_arn=two\nsource_profile=b\nregion=eu-central-1\n",
    ),
    { AWS_PROFILE: "c" },
  );
  assert.deepEqual(
    chained.roles?.map(({ roleArn, durationSeconds }) => [roleArn, durationSeconds]),
    [
      ["one", 900],
      ["two", undefined],
    ],
  );
  assert.equal(chained.region, "eu-central-1");

  const byToken = loads("b", config("[profile b]\nrole_arn=r\nweb_identity_token_file=~/t\n"));
  assert.match(byToken.webIdentity?.tokenFile ?? "", /\/t$/);
  const program = loads("b", config("[profile b]\ncredential_process=get 'a b' \"c\"\n"));
  assert.deepEqual(program.source, { kind: "process", command: ["get", "a b", "c"] });
  const container = loads(undefined, {}, { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" });
  assert.equal(
    container.source?.kind === "container" && container.source.url,
    "http://169.254.170.2/x",
  );
  const variables = { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
  assert.equal(loads(undefined, {}, variables).credentials?.sessionToken?.reveal(), "t");
  const named = { AWS_WEB_IDENTITY_TOKEN_FILE: "t", AWS_ROLE_ARN: "r" };
  assert.equal(loads(undefined, {}, named).webIdentity?.roleArn, "r");
});

test("a fault of a profile names file and line, and shows nothing of a value", () => {
  for (const [config, line] of [
    ["[profile a]\naws_secret_access_key hush\n", 2],
    ["[profile a]\nregion=a\nregion=hush\n", 3],
    ["hush=1\n", 1],
    ["[profile a]\nregion=a\n  hush\n", 3],
    ["[profile a]\naws_secret_access_key=hush\n", 2],
    ["[profile a]\nrole_arn=r\nsource_profile=z\n", 3],
    ["[profile a]\nrole_arn=r\nsource_profile=a\n", 2],
    ["[profile a]\nrole_arn=r\nsource_profile=a\nduration_seconds=1h\n", 4],
    ["[profile a]\nsso_session=hush\n", 2],
    ["[profile a]\ncredential_process='hush\n", 2],
  ] as const) {
    assert.throws(
      () => loads("a", { ".aws/config": config }),
      (error: ConfigurationError) => error.line === line && !error.message.includes("hush"),
      config,
    );
  }
  assert.throws(() => loads("z", { ".aws/credentials": KEYS_OF_A }), /There are: a\./);
  assert.throws(() => loads(undefined, {}, { AWS_ACCESS_KEY_ID: ID }), ConfigurationError);
});

test("the folder of a server counts as a whole, and not where others may write", () => {
  const folder = folderWith({
    ".daypass/credentials": KEYS_OF_A,
    ".daypass/config": "[profile a]\ndaypass_endpoint=127.0.0.1:7\n",
  });
  const surroundings = new Surroundings({}, folder, folder);
  assert.equal(loadProfile("a", { surroundings }).endpoint?.target, "127.0.0.1:7");
  chmodSync(join(folder, ".daypass"), 0o777);
  assert.throws(() => loadProfile("a", { surroundings }), ConfigurationError);
});

test("a program hands out credentials, and what it does wrong is told apart", async () => {
  const run = (script: string) => askSource({ kind: "process", command: ["sh", "-c", script] });
  const found = await run(`echo '${JSON.stringify(DOCUMENT)}'`);
  assert.equal(found.expiration?.toISOString(), "2030-01-01T00:00:00.000Z");
  for (const script of [
    "echo hush",
    `echo '${JSON.stringify({ ...DOCUMENT, Version: "1" })}'`,
    "echo '{}'",
    "head -c 70000 /dev/zero; sleep 60",
  ]) {
    await assert.rejects(
      run(script),
      (error: Error) => error instanceof ConfigurationError && !error.message.includes("hush"),
    );
  }
  await assert.rejects(run("exit 3"), UnavailableError);
  await assert.rejects(askSource({ kind: "process", command: ["/none"] }), ConfigurationError);
});

test("an endpoint hands out credentials to who shows what it asks for", async () => {
  let code = 200;
  const answer: RequestListener = (request, response) => {
    if (request.url === "/moved") response.writeHead(302, { location: "/" }).end();
    else if (request.headers.authorization !== "word") response.writeHead(403).end();
    else response.writeHead(code).end(JSON.stringify(DOCUMENT));
  };
  const file = join(folderWith({ word: "word\n" }), "word");
  await serving(answer, async (url) => {
    const good = { kind: "container", url, authorizationFile: file } as const;
    assert.equal((await askSource(good)).sessionToken?.reveal(), "t");
    await assert.rejects(askSource({ kind: "container", url }), RejectedError);
    await assert.rejects(askSource({ ...good, url: `${url}moved` }), RejectedError);
    code = 503;
    await assert.rejects(askSource(good), UnavailableError);
  });
  for (const url of ["http://sts.example/", "ftp://127.0.0.1/", "https://a@b/", "no"]) {
    await assert.rejects(askSource({ kind: "container", url }), ConfigurationError);
  }
});

test("the code of a second factor is sent once, and a stream is refused in our words", async () => {
  let calls = 0;
  const server = new GrpcServer();
  const same = (data: Buffer) => data;
  const bytes = { requestSerialize: same, requestDeserialize: same };
  const both = { ...bytes, responseSerialize: same, responseDeserialize: same };
  server.addService(
    {
      assumeRole: {
        ...both,
        path: "/daypass.api.sts.v1.SecurityTokenService/AssumeRole",
        requestStream: false,
        responseStream: false,
      },
      watch: {
        ...both,
        path: "/daypass.api.session.v1.SessionService/WatchRevocations",
        requestStream: false,
        responseStream: true,
      },
    },
    {
      assumeRole: (_: unknown, answer: (error: object) => void) => {
        calls++;
        answer({ code: status.UNAVAILABLE, details: "away" });
      },
      watch: (call: { emit: (name: string, error: object) => void }) => {
        call.emit("error", { code: status.PERMISSION_DENIED, details: "no" });
      },
    },
  );
  const port = await new Promise<number>((ready, failed) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, found) =>
      error ? failed(error) : ready(found),
    ),
  );
  const profile = {
    endpoint: Endpoint.parse(`127.0.0.1:${port}`),
    credentials: Credentials.of(ID, "secret"),
  };
  const client = new DaypassClient(profile);
  try {
    const role = { roleArn: "r" };
    await assert.rejects(client.assumeRole({ ...role, tokenCode: "123456" }), UnavailableError);
    assert.equal(calls, 1);
    await assert.rejects(client.assumeRole(role), UnavailableError);
    assert.equal(calls, 6);
    await assert.rejects(async () => {
      for await (const _ of client.watch(SessionService.method.watchRevocations, {})) assert.fail();
    }, AccessDeniedError);
  } finally {
    client.close();
    server.forceShutdown();
  }
});

test("what TLS is to trust and to show is there, and whole", () => {
  const file = join(folderWith({ a: "no certificate" }), "a");
  const endpoint = Endpoint.parse("https://127.0.0.1:1");
  for (const wrong of [
    { clientKey: file },
    { caBundle: `${file}.none` },
    { clientCertificate: file, clientKey: file },
  ]) {
    assert.throws(() => new DaypassClient({ endpoint, ...wrong }), ConfigurationError);
  }
});

test("the version is that of the package", () => {
  const file = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "package.json");
  assert.equal(JSON.parse(readFileSync(file, "utf8")).version, VERSION);
});
