import { expect, test } from "vitest";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import { contextFor, expectFailed, lab, manyObjects, runAction, scratch, seed } from "./rig.ts";

const copy = (endpoint: string, more = {}) => ({ from: "s3://source/", to: "s3://target/", endpoint, ...more });

test("denied access ends everything at once, in plain words", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(3000));
  server.faults.set([{ kind: "error", op: "CopyObject", status: 403, code: "AccessDenied" }]);
  const failed = expectFailed(await runAction(copyAction, copy(server.endpoint), contextFor(server)));
  expect(failed).toMatchObject({ code: "s3-access-denied", retryable: false });
  expect(failed.message).toContain("access is denied");
  expect(server.counters.of("CopyObject")).toBeLessThan(200);
});

test("a missing bucket ends everything at once, with its name", async () => {
  const server = await lab();
  await seed(server, "source", manyObjects(300));
  const params = copy(server.endpoint, { to: "s3://not-there/x/" });
  const failed = expectFailed(await runAction(copyAction, params, contextFor(server)));
  expect(failed.code).toBe("s3-no-such-bucket");
  expect(failed.message).toContain("s3://not-there/x/");
  expect(server.counters.of("CopyObject")).toBe(0);
});

test("a wrong clock is told with the difference and how to set it", async () => {
  const server = await lab({ clockAheadMs: 42 * 60_000 });
  server.faults.set([{ kind: "error", status: 403, code: "RequestTimeTooSkewed" }]);
  const failed = expectFailed(await runAction(copyAction, copy(server.endpoint), contextFor(server)));
  expect(failed.code).toBe("s3-clock-skew");
  expect(failed.message).toContain("42 minutes behind");
  expect(failed.hint).toContain("timedatectl");
});

test("a clock that is off but can be allowed for does not hinder", async () => {
  const server = await lab({ clockAheadMs: 42 * 60_000 });
  await seed(server, "source", manyObjects(3));
  const result = await runAction(copyAction, copy(server.endpoint), contextFor(server));
  expect(result.kind).toBe("ok");
});

test("wrong credentials, a wrong region and an unreachable store each say what to do", async () => {
  const server = await lab({ region: "sa-east-1" });
  const stranger = { AWS_ACCESS_KEY_ID: server.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: "wrong" };
  const sa = copy(server.endpoint, { region: "sa-east-1" });
  expect(expectFailed(await runAction(copyAction, sa, contextFor(server, { env: stranger })))).toMatchObject({
    code: "s3-bad-credentials",
    hint: expect.stringContaining("aws sts get-caller-identity"),
  });
  expect(expectFailed(await runAction(copyAction, copy(server.endpoint), contextFor(server)))).toMatchObject({
    code: "s3-wrong-region",
    hint: 'set "region: sa-east-1"',
  });
});

test("a copy onto itself is refused before anything is read", async () => {
  const server = await lab();
  const params = copy(server.endpoint, { to: "s3://source" });
  expect(expectFailed(await runAction(copyAction, params, contextFor(server))).code).toBe("s3-same-place");
  expect(server.counters.total()).toBe(0);
});

test("without credentials it is said which ones are looked for", async () => {
  const server = await lab();
  const home = scratch();
  const kept = { ...process.env };
  // The chain looks at the process, so that is what has to be empty.
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, { HOME: home, AWS_EC2_METADATA_DISABLED: "true" });
  try {
    const failed = expectFailed(await runAction(copyAction, copy(server.endpoint), contextFor(server, { env: {} })));
    expect(failed).toMatchObject({ code: "s3-no-credentials", hint: expect.stringContaining("AWS_PROFILE") });
  } finally {
    Object.assign(process.env, kept);
    delete process.env.AWS_EC2_METADATA_DISABLED;
  }
});

test("parameters are checked: sizes, locations, parts", () => {
  const issues = (params: object) =>
    copyAction.params.safeParse(params).error?.issues.map(({ path }) => path.join("."));
  expect(issues({ from: "/local", to: "s3://b" })).toEqual(["from"]);
  expect(issues({ from: "s3://a", to: "s3://b", partSize: "1MiB" })).toEqual(["partSize"]);
  expect(issues({ from: "s3://a", to: "s3://b", multipartAbove: "5 gigs" })).toEqual(["multipartAbove"]);
  expect(issues({ from: "s3://a", to: "s3://b", concurrency: 0 })).toEqual(["concurrency"]);
});
