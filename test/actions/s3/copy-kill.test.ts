import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mulberry32 } from "../../../src/lab/s3/faults.ts";
import { contents, lab, manyObjects, multipartObject, scratch, seed, unfinishedUploads } from "./rig.ts";

const MIB = 1024 ** 2;
const KILLS = Number(process.env.RUNSHEET_KILLS ?? 15);
const SEED = Number(process.env.RUNSHEET_SEED ?? Math.floor(Math.random() * 1e9));
const DRIVER = join(import.meta.dirname, "copy-driver.ts");

/** Writes that make an object at the target. */
const MAKES = new Set(["CopyObject", "CompleteMultipartUpload"]);

test(`a copy of 2,000 objects survives kill -9 at ${KILLS} random instants (seed ${SEED})`, {
  timeout: 300_000 + KILLS * 20_000,
}, async () => {
  const random = mulberry32(SEED);
  let onRequest = (_op: string, _key: string) => {};
  const server = await lab({ onServed: ({ op, bucket, key }) => bucket === "target" && onRequest(op, key) });
  await seed(server, "source", manyObjects(1_988));
  for (let i = 0; i < 6; i++) {
    await multipartObject(server, "source", `d${i}/big`, randomBytes(11 * MIB), 5 * MIB);
    await seed(server, "source", [[`d${i}/at-once`, randomBytes(6 * MIB)]]);
  }
  const dir = scratch();
  const params = {
    from: "s3://source/",
    to: "s3://target/",
    endpoint: server.endpoint,
    multipartAbove: "5MiB",
    partSize: "5MiB",
    report: "report.ndjson",
  };
  let attempt = 0;
  let kills = 0;
  const copiedTwice: string[] = [];

  /** One process, killed at its n-th request, before the answer of that request leaves the server. */
  async function session(killAt: number): Promise<{ killed: boolean; out: string; err: string }> {
    const verified = new Set(verifiedKeys(dir));
    const env = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    };
    const child = spawn(process.execPath, [DRIVER, dir, `attempt-${++attempt}`, JSON.stringify(params)], { env });
    let requests = 0;
    onRequest = (op, key) => {
      if (MAKES.has(op) && verified.has(key)) copiedTwice.push(key);
      if (++requests === killAt) child.kill("SIGKILL");
    };
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    const [, signal] = await once(child, "close");
    return { killed: signal === "SIGKILL", out, err };
  }

  while (kills < KILLS) {
    const { killed, out, err } = await session(1 + Math.floor(random() * 350));
    if (killed) kills++;
    else {
      expect(JSON.parse(out || "{}"), err).toMatchObject({ kind: "ok" });
      await check();
      startOver();
    }
  }
  const { out, err } = await session(Number.POSITIVE_INFINITY);
  expect(JSON.parse(out || "{}"), err).toMatchObject({ kind: "ok" });
  await check();

  /** Everything was copied before all kills were spent: the target is emptied for another round. */
  function startOver(): void {
    for (const key of [...server.store.bucket("target").objects.keys()]) {
      server.store.commit({ kind: "object-deleted", bucket: "target", key });
    }
    rmSync(join(dir, "report.ndjson"));
  }

  async function check(): Promise<void> {
    expect(copiedTwice, "copied again after they were verified").toEqual([]);
    expect(unfinishedUploads(server)).toEqual([]);
    const [source, target] = [await contents(server, "source"), await contents(server, "target")];
    expect(target.size).toBe(2_000);
    for (const [key, body] of source) expect(target.get(key)?.equals(body), key).toBe(true);
  }
});

function verifiedKeys(dir: string): string[] {
  try {
    const lines = readFileSync(join(dir, "report.ndjson"), "utf8").split("\n").slice(0, -1);
    return lines
      .map((line) => JSON.parse(line))
      .filter(({ outcome }) => outcome === "verified")
      .map(({ key }) => key);
  } catch {
    return [];
  }
}
