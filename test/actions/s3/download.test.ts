import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { downloadAction } from "../../../src/actions/s3/download-action.ts";
import {
  contextFor,
  expectFailed,
  expectOk,
  lab,
  manyObjects,
  multipartObject,
  runAction,
  scratch,
  seed,
} from "./rig.ts";

const MIB = 1024 ** 2;

const tree = (dir: string) => (readdirSync(dir, { recursive: true }) as string[]).sort();

test("a prefix is downloaded, and again only what changed", async () => {
  const server = await lab();
  const body = randomBytes(13 * MIB);
  await seed(server, "source", [
    ["p/a b+ü", "1"],
    ["p/sub/empty", ""],
    ["p/sub/", ""],
    ["p/big", body],
  ]);
  await multipartObject(server, "source", "p/parts", body, 6 * MIB);
  const dir = scratch();
  const params = { from: "s3://source/p/", to: "down", endpoint: server.endpoint, partSize: "5MiB" };
  expect(expectOk(await runAction(downloadAction, params, contextFor(server, { cwd: dir })))).toMatchObject({
    objects: 4,
    transferred: 4,
  });
  expect(tree(dir)).toEqual(["down", "down/a b+ü", "down/big", "down/parts", "down/sub", "down/sub/empty"]);
  expect(readFileSync(join(dir, "down/big")).equals(body)).toBe(true);
  expect(readFileSync(join(dir, "down/parts")).equals(body)).toBe(true);
  writeFileSync(join(dir, "down/a b+ü"), "X");
  const again = expectOk(await runAction(downloadAction, params, contextFor(server, { cwd: dir })));
  expect(again).toMatchObject({ transferred: 1, skipped: 3 });
  expect(readFileSync(join(dir, "down/a b+ü"), "utf8")).toBe("1");
});

test("broken connections go on behind the last byte, and damaged bytes are fetched again", async () => {
  const server = await lab({ seed: 5 });
  const body = randomBytes(12 * MIB);
  await seed(server, "source", [["big", body], ...manyObjects(30)]);
  server.faults.set([
    { kind: "corrupt", op: "GetObject", key: "^d1/", times: 1 },
    { kind: "corrupt", op: "GetObject", key: "^big$", times: 1 },
    { kind: "truncate", op: "GetObject", p: 0.3 },
    { kind: "reset-before", op: ["GetObject", "HeadObject"], p: 0.1 },
    { kind: "slow-down", p: 0.05 },
  ]);
  const dir = scratch();
  const params = { from: "s3://source/", to: dir, endpoint: server.endpoint, partSize: "5MiB" };
  expectOk(await runAction(downloadAction, params, contextFor(server)));
  expect(readFileSync(join(dir, "big")).equals(body)).toBe(true);
  for (const [key, text] of manyObjects(30)) expect(readFileSync(join(dir, key), "utf8")).toBe(text);
  expect(tree(dir).filter((name) => name.includes("runsheet"))).toEqual([]);
});

test("a stopped download leaves no half file under its name, and goes on range by range", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op === "GetObject" && server.counters.of(op) === 4) context.abort("stop");
    },
  });
  const body = randomBytes(40 * MIB);
  await seed(server, "source", [["big", body]]);
  const dir = scratch();
  const params = { from: "s3://source/big", to: "big", recursive: false, endpoint: server.endpoint, partSize: "5MiB" };
  const context = contextFor(server, { cwd: dir });
  expect(expectFailed(await runAction(downloadAction, { ...params, concurrency: 1 }, context)).code).toBe("stopped");
  expect(existsSync(join(dir, "big"))).toBe(false);
  const before = server.counters.of("GetObject");
  expectOk(await runAction(downloadAction, params, contextFor(server, { cwd: dir })));
  expect(server.counters.of("GetObject") - before).toBeLessThanOrEqual(8 - 2);
  expect(readFileSync(join(dir, "big")).equals(body)).toBe(true);
  expect(tree(dir)).toEqual(["big"]);
});

test("a partial file of another version of the object is never continued", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op === "GetObject" && server.counters.of(op) === 2) context.abort("stop");
    },
  });
  await seed(server, "source", [["big", randomBytes(20 * MIB)]]);
  const dir = scratch();
  const params = { from: "s3://source/big", to: "big", recursive: false, endpoint: server.endpoint, partSize: "5MiB" };
  const context = contextFor(server, { cwd: dir });
  expectFailed(await runAction(downloadAction, { ...params, concurrency: 1 }, context));
  const body = randomBytes(20 * MIB);
  await seed(server, "source", [["big", body]]);
  expectOk(await runAction(downloadAction, params, contextFor(server, { cwd: dir })));
  expect(readFileSync(join(dir, "big")).equals(body)).toBe(true);
});

test("ranges that a power loss took away are found by verification and fetched again", async () => {
  const server = await lab({
    onServed: ({ op }) => {
      if (op === "GetObject" && server.counters.of(op) === 3) context.abort("stop");
    },
  });
  const body = randomBytes(20 * MIB);
  await seed(server, "source", [["big", body]]);
  const dir = scratch();
  const params = { from: "s3://source/big", to: "big", recursive: false, endpoint: server.endpoint, partSize: "5MiB" };
  const context = contextFor(server, { cwd: dir });
  expectFailed(await runAction(downloadAction, { ...params, concurrency: 1 }, context));
  const temporary = tree(dir).find((name) => !name.includes("ranges"))!;
  writeFileSync(join(dir, temporary), Buffer.alloc(5 * MIB));
  expectOk(await runAction(downloadAction, params, contextFor(server, { cwd: dir })));
  expect(readFileSync(join(dir, "big")).equals(body)).toBe(true);
});

test("keys that no file can be named like are failures, and nothing is written outside of the directory", async () => {
  const server = await lab();
  await seed(server, "source", [
    ["p/../../evil", "1"],
    ["p//lead", "2"],
    ["p/ok", "3"],
    ["p/ok/below", "4"],
  ]);
  const dir = scratch();
  const params = { from: "s3://source/p/", to: "down/here", endpoint: server.endpoint, concurrency: 1 };
  const failed = expectFailed(await runAction(downloadAction, params, contextFor(server, { cwd: dir })));
  expect(failed.message).toContain("3 of 4 objects failed");
  expect(failed.message).toContain("no file can be named like the key");
  expect(tree(dir)).toEqual(["down", "down/here", "down/here/ok"]);
});

test("a missing object is told by its name", async () => {
  const server = await lab();
  const params = { from: "s3://source/nope", to: "x", recursive: false, endpoint: server.endpoint };
  expect(expectFailed(await runAction(downloadAction, params, contextFor(server))).message).toContain(
    "s3://source/nope does not exist",
  );
});
