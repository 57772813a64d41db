import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { uploadAction } from "../../../src/actions/s3/upload-action.ts";
import { contents, contextFor, expectFailed, expectOk, lab, md5, runAction, scratch } from "./rig.ts";

const MIB = 1024 ** 2;

function files(entries: { readonly [name: string]: string | Buffer }): string {
  const dir = scratch();
  for (const [name, body] of Object.entries(entries)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), body);
  }
  return dir;
}

test("a directory is uploaded with everything below it, and again only what changed", async () => {
  const server = await lab();
  const body = randomBytes(12 * MIB);
  const dir = files({ "a.txt": "1", "a/b c+ü.bin": "2", "a-1": "3", "a0/deep/x": "", "big.bin": body });
  const params = { from: ".", to: "s3://target/up", endpoint: server.endpoint, partSize: "5MiB" };
  expect(expectOk(await runAction(uploadAction, params, contextFor(server, { cwd: dir })))).toMatchObject({
    objects: 5,
    transferred: 5,
  });
  const there = await contents(server, "target");
  expect([...there.keys()]).toEqual(["up/a-1", "up/a.txt", "up/a/b c+ü.bin", "up/a0/deep/x", "up/big.bin"]);
  expect(there.get("up/big.bin")?.equals(body)).toBe(true);
  expect(server.store.object("target", "up/big.bin")).toMatchObject({
    checksumType: "FULL_OBJECT",
    checksums: { crc32: expect.any(String) },
    etag: expect.stringMatching(/-3$/),
  });
  writeFileSync(join(dir, "a-1"), "4");
  expect(expectOk(await runAction(uploadAction, params, contextFor(server, { cwd: dir })))).toMatchObject({
    transferred: 1,
    skipped: 4,
  });
  expect((await contents(server, "target")).get("up/a-1")?.toString()).toBe("4");
});

test("a single file goes under a prefix or to the very key", async () => {
  const server = await lab();
  const dir = files({ "snapshot.bin.zst": "1" });
  const upload = (to: string) =>
    runAction(
      uploadAction,
      { from: "snapshot.bin.zst", to, endpoint: server.endpoint },
      contextFor(server, { cwd: dir }),
    );
  expectOk(await upload("s3://target/snaps/"));
  expectOk(await upload("s3://target/other-name"));
  expect([...(await contents(server, "target")).keys()]).toEqual(["other-name", "snaps/snapshot.bin.zst"]);
  expect(expectOk(await upload("s3://target/other-name"))).toMatchObject({ skipped: 1 });
});

test("archive moves, delete removes, and both only what is verified", async () => {
  const server = await lab();
  const dir = files({ "out/1": "one", "out/sub/2": "two" });
  const cwd = { cwd: dir };
  const to = { to: "s3://target/", endpoint: server.endpoint };
  expectOk(
    await runAction(
      uploadAction,
      { from: "out", ...to, after: "archive", archiveDir: "done" },
      contextFor(server, cwd),
    ),
  );
  expect(readdirSync(join(dir, "out"), { recursive: true })).toEqual(["sub"]);
  expect(readFileSync(join(dir, "done/sub/2"), "utf8")).toBe("two");
  server.faults.set([{ kind: "wrong-checksum", op: "HeadObject", key: "^1$" }]);
  const failed = expectFailed(
    await runAction(uploadAction, { from: "done", ...to, after: "delete" }, contextFor(server, cwd)),
  );
  expect(failed.message).toContain("is not what was sent");
  expect(existsSync(join(dir, "done/1"))).toBe(true);
  expect(existsSync(join(dir, "done/sub/2"))).toBe(false);
});

test("a byte that is damaged on its way is found, and the file sent again", async () => {
  const server = await lab();
  const body = randomBytes(100_000);
  const dir = files({ x: body });
  server.faults.set([{ kind: "corrupt", op: "PutObject", times: 2 }]);
  const params = { from: "x", to: "s3://target/", endpoint: server.endpoint, after: "delete" };
  expectOk(await runAction(uploadAction, params, contextFor(server, { cwd: dir })));
  expect((await contents(server, "target")).get("x")?.equals(body)).toBe(true);
  expect(existsSync(join(dir, "x"))).toBe(false);
});

test("a file that changes while it is uploaded is a failure and stays", async () => {
  const dir = files({ x: "before" });
  const server = await lab({
    onServed: ({ op }) => {
      if (op !== "PutObject") return;
      writeFileSync(join(dir, "x"), "after!");
      utimesSync(join(dir, "x"), 1, 1);
    },
  });
  const params = { from: "x", to: "s3://target/", endpoint: server.endpoint, after: "delete" };
  const failed = expectFailed(await runAction(uploadAction, params, contextFor(server, { cwd: dir })));
  expect(failed.message).toContain("changed while it was uploaded");
  expect(readFileSync(join(dir, "x"), "utf8")).toBe("after!");
});

test("an archive never replaces another file", async () => {
  const server = await lab();
  const dir = files({ "out/x": "new one", "done/x": "another" });
  const params = { from: "out", to: "s3://target/", endpoint: server.endpoint, after: "archive", archiveDir: "done" };
  const failed = expectFailed(await runAction(uploadAction, params, contextFor(server, { cwd: dir })));
  expect(failed.message).toContain("is there already");
  expect(readFileSync(join(dir, "done/x"), "utf8")).toBe("another");
  expect(existsSync(join(dir, "out/x"))).toBe(true);
});

test("stores without newer checksums get Content-MD5, and parts are compared by ETag", async () => {
  const server = await lab();
  const body = randomBytes(11 * MIB);
  const dir = files({ big: body, small: "1" });
  const params = {
    from: ".",
    to: "s3://target/",
    endpoint: server.endpoint,
    partSize: "5MiB",
    checksums: "when_required",
  };
  expectOk(await runAction(uploadAction, params, contextFor(server, { cwd: dir })));
  expect(server.store.object("target", "small")).toMatchObject({ etag: md5("1"), checksums: {} });
  expect((await contents(server, "target")).get("big")?.equals(body)).toBe(true);
  expect(expectOk(await runAction(uploadAction, params, contextFor(server, { cwd: dir })))).toMatchObject({
    skipped: 2,
  });
});

test("links are followed, and a link that leads in a circle is refused", async () => {
  const server = await lab();
  const dir = files({ "data/x": "1" });
  symlinkSync(join(dir, "data/x"), join(dir, "data/y"));
  const params = { from: "data", to: "s3://target/", endpoint: server.endpoint };
  expectOk(await runAction(uploadAction, params, contextFor(server, { cwd: dir })));
  expect([...(await contents(server, "target")).keys()]).toEqual(["x", "y"]);
  symlinkSync(join(dir, "data"), join(dir, "data/circle"));
  const failed = expectFailed(await runAction(uploadAction, params, contextFor(server, { cwd: dir })));
  expect(failed.message).toMatch(/circle/);
});

test("what is missing, and an archive inside the source, are refused", async () => {
  const server = await lab();
  const dir = files({ "out/x": "1" });
  const run = (params: object) =>
    runAction(
      uploadAction,
      { to: "s3://target/", endpoint: server.endpoint, ...params },
      contextFor(server, { cwd: dir }),
    );
  expect(expectFailed(await run({ from: "nope" }))).toMatchObject({ code: "file-missing" });
  expect(expectFailed(await run({ from: "out", after: "archive", archiveDir: "out/done" }))).toMatchObject({
    code: "bad-archive-dir",
  });
  expect(uploadAction.params.safeParse({ from: "x", to: "s3://b", after: "archive" }).success).toBe(false);
  expect(statSync(join(dir, "out/x")).size).toBe(1);
});
