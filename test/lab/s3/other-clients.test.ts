import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Server, startS3 } from "../../../src/lab/s3/start.ts";

const run = promisify(execFile);
const has = (command: string) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;

let server: S3Server;
let dir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  server = await startS3({ buckets: ["from", "copies"] });
  dir = await mkdtemp(join(tmpdir(), "s3-clients-"));
  await writeFile(join(dir, "x y.txt"), "hello");
  await writeFile(join(dir, "big"), Buffer.alloc(9_000_000, 7));
  env = {
    PATH: process.env.PATH,
    HOME: dir,
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
    PYENV_ROOT: process.env.PYENV_ROOT,
  };
});

afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

test.skipIf(!has("aws"))("the aws command uploads in parts, copies, lists and downloads", async () => {
  const aws = async (...args: string[]) =>
    (await run("aws", ["--endpoint-url", server.endpoint, ...args], { env })).stdout;
  await aws("s3", "cp", "--recursive", "--quiet", `${dir}/`, "s3://from/up/", "--exclude", ".*");
  await aws("s3", "cp", "--recursive", "--quiet", "s3://from/up/", "s3://copies/copy/");
  expect(await aws("s3", "ls", "--recursive", "s3://copies/")).toMatch(/9000000 copy\/big\n.* 5 copy\/x y.txt\n/);
  await aws("s3", "cp", "--quiet", "s3://copies/copy/x y.txt", join(dir, "down.txt"));
  expect(await readFile(join(dir, "down.txt"), "utf8")).toBe("hello");
});

test.skipIf(!has("rclone"))("rclone copies between buckets and finds both sides equal", async () => {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = env;
  const remote = `:s3,provider=Other,endpoint='${server.endpoint}',access_key_id=${id},secret_access_key=${secret}:`;
  const rclone = async (...args: string[]) => (await run("rclone", ["-q", ...args], { env })).stdout;
  await rclone("copy", `${dir}/big`, `${remote}from/rc`);
  await rclone("copy", `${dir}/x y.txt`, `${remote}from/rc`);
  await rclone("copy", `${remote}from/rc`, `${remote}copies/rc`);
  await rclone("check", `${remote}from/rc`, `${remote}copies/rc`);
  expect((await rclone("lsf", `${remote}copies/rc`)).split("\n")).toEqual(["big", "x y.txt", ""]);
});
