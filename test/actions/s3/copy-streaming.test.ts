import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import {
  contents,
  contextFor,
  expectOk,
  lab,
  manyObjects,
  multipartObject,
  runAction,
  seed,
  unfinishedUploads,
} from "./rig.ts";

const MIB = 1024 ** 2;

test("objects stream between stores, small and in parts, through broken bodies and damaged bytes", async () => {
  const [from, to] = [await lab({ seed: 3 }), await lab({ seed: 4 })];
  const body = randomBytes(17 * MIB);
  await seed(from, "source", [...manyObjects(60), ["empty", ""], ["at-once-in-one", body]]);
  const etag = await multipartObject(from, "source", "in-parts", body, 6 * MIB);
  from.faults.set([
    { kind: "truncate", op: "GetObject", p: 0.2 },
    { kind: "reset-before", op: "GetObject", p: 0.1 },
  ]);
  to.faults.set([
    { kind: "slow-down", op: ["PutObject", "UploadPart"], p: 0.1 },
    {
      kind: "reset-after",
      op: ["PutObject", "UploadPart", "CompleteMultipartUpload", "CreateMultipartUpload"],
      p: 0.15,
    },
  ]);
  const params = {
    from: "s3://source/",
    to: "s3://target/",
    endpoint: to.endpoint,
    source: { endpoint: from.endpoint },
    partSize: "5MiB",
  };
  expect(expectOk(await runAction(copyAction, params, contextFor(to)))).toMatchObject({ transferred: 63 });
  const [source, target] = [await contents(from, "source"), await contents(to, "target")];
  expect([...target.keys()]).toEqual([...source.keys()]);
  for (const [key, bytes] of source) expect(target.get(key)?.equals(bytes), key).toBe(true);
  expect(to.store.object("target", "in-parts")).toMatchObject({ etag, tagging: "team=data" });
  expect(to.store.object("target", "in-parts").headers["x-amz-meta-run"]).toBe("r1");
  expect(unfinishedUploads(to)).toEqual([]);
  to.faults.clear();
  from.faults.clear();
  expect(expectOk(await runAction(copyAction, params, contextFor(to)))).toMatchObject({ transferred: 0, skipped: 63 });
});

test("bytes that are damaged on the way are sent again", async () => {
  const [from, to] = [await lab(), await lab()];
  const body = randomBytes(2 * MIB);
  await seed(from, "source", [["x", body]]);
  from.faults.set([{ kind: "corrupt", op: "GetObject", times: 1 }]);
  to.faults.set([{ kind: "corrupt", op: "PutObject", times: 1 }]);
  const params = {
    from: "s3://source/",
    to: "s3://target/",
    endpoint: to.endpoint,
    source: { endpoint: from.endpoint },
  };
  expectOk(await runAction(copyAction, params, contextFor(to)));
  expect((await contents(to, "target")).get("x")?.equals(body)).toBe(true);
});

test("stores that know no newer checksums are served with checksums: when_required", async () => {
  const [from, to] = [await lab(), await lab()];
  await seed(from, "source", manyObjects(5));
  const params = {
    from: "s3://source/",
    to: "s3://target/",
    endpoint: to.endpoint,
    checksums: "when_required",
    source: { endpoint: from.endpoint, checksums: "when_required" },
  };
  expectOk(await runAction(copyAction, params, contextFor(to)));
  expect(to.store.object("target", "d1/part-000001").checksums).toEqual({});
});
