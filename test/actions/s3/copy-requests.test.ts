import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect, type Store } from "../../../src/actions/s3/connect.ts";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import { type CopyRequests, copyRequests } from "../../../src/actions/s3/copy-requests.ts";
import { copyTemplate } from "../../../src/actions/s3/copy-template.ts";
import { contents, contextFor, expectFailed, expectOk, lab, manyObjects, runAction, seed } from "./rig.ts";

const calm = new AbortController().signal;

test("requests in the likeness of the SDK's say the same, but for their own object and signature", async () => {
  const { copies, store, seen } = await listener(({ response }) => succeed(response), {
    env: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" },
    requesterPays: true,
  });
  for (const key of ["a b/1", "ü+(2)"]) {
    const input = { Bucket: "target", Key: key, CopySource: "source/x", CopySourceIfMatch: `"${key.length}"` };
    expect(await copies.send(store, { ...input, ...store.payer }, timely)).toBe(key === "a b/1" ? '"e1"' : "e1");
  }
  const [first, second] = seen;
  expect([first?.url, second?.url]).toEqual([
    "/target/a%20b/1?x-id=CopyObject",
    "/target/%C3%BC%2B%282%29?x-id=CopyObject",
  ]);
  expect(second?.headers["x-amz-copy-source-if-match"]).toBe('"5"');
  for (const name of OF_ONE_REQUEST) {
    delete first?.headers[name];
    delete second?.headers[name];
  }
  expect(second?.headers).toEqual(first?.headers);
  expect(second?.headers).toMatchObject({ "x-amz-request-payer": "requester", "x-amz-security-token": "token" });
});

const OF_ONE_REQUEST = [
  "authorization",
  "amz-sdk-invocation-id",
  "amz-sdk-request",
  "x-amz-copy-source-if-match",
  "x-amz-date",
];

test("of many copies that start together the SDK makes one, and the others wait for nothing but its form", async () => {
  const held: ServerResponse[] = [];
  const { copies, store, seen } = await listener(({ response }) => {
    held.push(response);
    if (held.length === 4) for (const one of held) succeed(one);
  });
  const keys = ["1", "2", "3", "4"];
  const etags = await Promise.all(keys.map((key) => copies.send(store, copyOf(key), timely)));
  expect(etags.map((etag) => etag?.replaceAll('"', ""))).toEqual(["e1", "e1", "e1", "e1"]);
  expect(seen.filter(({ headers }) => "amz-sdk-invocation-id" in headers)).toHaveLength(1);
});

test("requests that are signed or addressed in another way are no example", () => {
  const headers = {
    host: "b.example",
    "x-amz-content-sha256": "e3b0",
    authorization: "AWS4-HMAC-SHA256 Credential=id/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0",
  };
  const request = { protocol: "https:", hostname: "b.example", method: "PUT", path: "/some/key", headers };
  const make = copyTemplate(request, "some/key");
  const made = make?.({ Bucket: "b", Key: "x y", CopySource: "a/b" }, { accessKeyId: "i", secretAccessKey: "s" }, 0);
  expect(made).toMatchObject({ target: "/x%20y", protocol: "https:", hostname: "b.example" });
  expect(made?.headers.authorization).toMatch(
    /Credential=i\/19700101\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;x-amz/,
  );
  const regions = { ...headers, authorization: "AWS4-ECDSA-P256-SHA256 Credential=id/20261121/s3/aws4_request, ..." };
  expect(copyTemplate({ ...request, headers: regions }, "some/key")).toBeUndefined();
  const express = { ...headers, "x-amz-s3session-token": "t" };
  expect(copyTemplate({ ...request, headers: express }, "some/key")).toBeUndefined();
  expect(copyTemplate(request, "another/key")).toBeUndefined();
});

test("an answer that is no success is heard once, told once and tried again with the SDK's patience", async () => {
  const answers = [succeed, refuse, refuse, succeed];
  const { copies, store, seen, told } = await listener(({ response, turn }) => answers[turn]?.(response));
  await copies.send(store, copyOf("1"), timely);
  expect(await copies.send(store, copyOf("2"), timely)).toBe('"e1"');
  expect(seen.map(({ url }) => url?.at(8))).toEqual(["1", "2", "2", "2"]);
  expect(told).toEqual([false, true, true, false]);
});

test("an error carries what the store said, its request id included", async () => {
  const { copies, store, seen } = await listener(({ response, turn }) =>
    [succeed, refuse, refuse, refuse][turn]?.(response),
  );
  await copies.send(store, copyOf("1"), timely);
  await expect(copies.send(store, copyOf("2"), timely)).rejects.toMatchObject({
    name: "SlowDown",
    message: "Please reduce your request rate.",
    $metadata: { httpStatusCode: 503, requestId: "R503", attempts: 3 },
  });
  expect(seen).toHaveLength(4);
});

test("a connection that breaks, an answer that breaks off and one that never comes or ends are tried again", async () => {
  const half = (response: ServerResponse) => response.writeHead(200, { "content-length": 500 });
  const troubles: { [key: string]: (response: ServerResponse) => unknown } = {
    "2": (response) => response.destroy(),
    "3": (response) => half(response).write(RESULT, () => response.destroy()),
    "4": () => {},
    "5": (response) => half(response).write(RESULT),
  };
  const { copies, store, seen } = await listener(({ response, turn }) => {
    const key = seen[turn]?.url?.at(8) ?? "";
    const trouble = troubles[key] ?? succeed;
    delete troubles[key];
    trouble(response);
  });
  const keys = ["1", "2", "3", "4", "5"];
  for (const key of keys) {
    const requestTimeout = key > "3" ? 500 : 60_000;
    expect(await copies.send(store, copyOf(key), { ...timely, requestTimeout })).toMatch(/e1/);
  }
  const times = (key: string) => seen.filter(({ url }) => url?.at(8) === key).length;
  expect(keys.map((key) => times(key) > 1)).toEqual([false, true, true, true, true]);
});

test("a clock that turns out to be wrong in the middle is allowed for from then on", async () => {
  const aheadMs = 3_600_000;
  const { copies, store, seen } = await listener(({ response, turn }) => {
    if (turn > 0) response.setHeader("date", new Date(Date.now() + aheadMs).toUTCString());
    if (turn === 1) response.writeHead(403).end("<Error><Code>RequestTimeTooSkewed</Code></Error>");
    else succeed(response);
  });
  for (const key of ["1", "2", "3"]) expect(await copies.send(store, copyOf(key), timely)).toMatch(/e1/);
  const signedHoursAhead = seen.map(({ headers }) => (signedMs(String(headers["x-amz-date"])) - Date.now()) / aheadMs);
  expect(signedHoursAhead.map((hours) => hours > 0.5)).toEqual([false, false, true, true]);
});

/** `20261121T150000Z` as a time. */
function signedMs(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
}

test("a stop ends requests in flight", async () => {
  const stopping = new AbortController();
  const { copies, store, seen } = await listener(({ response, turn }) => {
    if (turn === 0) succeed(response);
    else stopping.abort(new Error("enough"));
  });
  await copies.send(store, copyOf("1"), timely);
  await expect(copies.send(store, copyOf("2"), { ...timely, abortSignal: stopping.signal })).rejects.toThrow();
  expect(seen).toHaveLength(2);
});

test("access that is denied in the middle ends everything, and is asked for once", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(20));
  server.faults.set([{ kind: "error", op: "CopyObject", status: 403, code: "AccessDenied", key: "part-000007$" }]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint, concurrency: 1 };
  const failed = expectFailed(await runAction(copyAction, params, contextFor(server)));
  expect(failed).toMatchObject({ code: "s3-access-denied", details: { status: 403 } });
  expect(server.counters.of("CopyObject")).toBe((await contents(server, "target")).size + 1);
});

test("an answer of 200 that carries an error is an error", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(20));
  server.faults.set([{ kind: "error-in-200", op: "CopyObject", code: "InternalError", key: "part-00001", times: 2 }]);
  const params = { from: "s3://source/", to: "s3://target/", endpoint: server.endpoint, concurrency: 1 };
  expect(expectOk(await runAction(copyAction, params, contextFor(server)))).toMatchObject({ transferred: 20 });
  expect(server.counters.of("CopyObject")).toBe(22);
});

type Heard = { readonly url: string | undefined; readonly headers: IncomingHttpHeaders };
type Turn = { readonly turn: number; readonly response: ServerResponse };

/** A server that writes down what it is asked and answers as it is told, and a client of it. */
async function listener(
  answer: (turn: Turn) => void,
  { env = CREDENTIALS, ...more }: { env?: { [name: string]: string }; requesterPays?: boolean } = {},
): Promise<{ copies: CopyRequests; store: Store; seen: Heard[]; told: boolean[] }> {
  const seen: Heard[] = [];
  const told: boolean[] = [];
  const server = createServer(({ url, headers }, response) => {
    seen.push({ url, headers });
    answer({ turn: seen.length - 1, response });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const onAnswer = (throttled: boolean) => void told.push(throttled);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = await connect({ endpoint, ...more }, env, { sockets: 4, onAnswer });
  const copies = copyRequests({ concurrency: 4, onAnswer });
  onTestFinished(() => {
    copies.close();
    store.close();
    server.close();
    server.closeAllConnections();
  });
  return { copies, store, seen, told };
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
const RESULT = "<CopyObjectResult><ETag>&quot;e1&quot;</ETag></CopyObjectResult>";
const REFUSAL = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
const timely = { abortSignal: calm, requestTimeout: 60_000 };

const copyOf = (key: string) => ({ Bucket: "target", Key: key, CopySource: "source/x" });

function succeed(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/xml" }).end(RESULT);
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { "content-type": "application/xml", "x-amz-request-id": "R503" }).end(REFUSAL);
}
