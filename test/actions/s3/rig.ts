import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Action, ActionContext, ActionResult, Progress } from "../../../src/domain/action.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { Json } from "../../../src/domain/json.ts";
import { type S3Options, type S3Server, startS3 } from "../../../src/lab/s3/start.ts";
import type { StoredObject } from "../../../src/lab/s3/store/model.ts";

/** A lab server that ends with the test. */
export async function lab(options: S3Options = {}): Promise<S3Server> {
  const server = await startS3({ buckets: ["source", "target"], ...options });
  onTestFinished(() => server.close());
  return server;
}

export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-s3-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Puts objects straight into the store, without a request each. */
export async function seed(
  { store }: S3Server,
  bucket: string,
  objects: Iterable<readonly [key: string, body: string | Buffer]>,
): Promise<void> {
  for (const [key, body] of objects) {
    const data = Buffer.from(body);
    const writer = store.blobs.create();
    await writer.write(data);
    const blob = await writer.finish();
    const object: StoredObject = {
      headers: { "content-type": "binary/octet-stream" },
      tagging: "",
      body: data.length === 0 ? [] : [{ blob, start: 0, end: data.length }],
      sizeBytes: data.length,
      etag: md5(data),
      checksums: {},
      checksumType: "FULL_OBJECT",
      modifiedMs: Date.now(),
    };
    store.commit({ kind: "object-put", bucket, key, object });
  }
}

export function* manyObjects(count: number, prefix = ""): Generator<[string, string]> {
  for (let i = 0; i < count; i++) yield [`${prefix}d${i % 20}/part-${String(i).padStart(6, "0")}`, `object ${i}`];
}

/** Key and bytes of everything in a bucket, in order. */
export async function contents({ store }: S3Server, bucket: string): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>();
  for (const key of store.bucket(bucket).keys.from("")) {
    const pieces: Buffer[] = [];
    for (const segment of store.object(bucket, key).body) {
      for await (const piece of store.blobs.read(segment)) pieces.push(piece);
    }
    all.set(key, Buffer.concat(pieces));
  }
  return all;
}

export function unfinishedUploads({ store }: S3Server): string[] {
  return [...store.buckets.values()].flatMap(({ name, uploads }) =>
    [...uploads.values()].map(({ upload }) => `${name}/${upload.key}`),
  );
}

export type TestContext = ActionContext & {
  readonly lines: string[];
  readonly seen: Progress[];
  saved: Json | undefined;
  abort(reason: string): void;
};

/** A context as the engine gives it, with the lab's credentials as the step's own environment. */
export function contextFor(server: Pick<S3Server, "credentials">, more: Partial<ActionContext> = {}): TestContext {
  const controller = new AbortController();
  const dir = more.cwd ?? scratch();
  const context: TestContext = {
    signal: controller.signal,
    attemptId: "attempt-1",
    stepKey: "copy",
    cwd: dir,
    scratchDir: join(dir, "scratch"),
    env: {
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    },
    progress: (progress) => void context.seen.push(progress),
    log: (line) => void context.lines.push(line),
    checkpoint: async (value) => {
      context.saved = value;
    },
    lastCheckpoint: undefined,
    secret: (name) => {
      throw new Error(`no secret ${name}`);
    },
    lines: [],
    seen: [],
    saved: undefined,
    abort: (reason) => controller.abort(new Error(reason)),
    ...more,
  };
  return context;
}

/** Validates params as the engine does, then runs. */
export async function runAction(
  action: Action,
  params: { readonly [name: string]: unknown },
  context: ActionContext,
): Promise<ActionResult<Record<string, unknown>>> {
  return (await action.run(action.params.parse(params), context)) as ActionResult<Record<string, unknown>>;
}

export function expectOk(result: ActionResult<Record<string, unknown>>): Record<string, unknown> {
  if (result.kind === "failed")
    throw new Error(`${result.failure.code}: ${result.failure.message}\n${result.failure.cause ?? ""}`);
  return result.outputs;
}

export function expectFailed(result: ActionResult<Record<string, unknown>>): Failure {
  if (result.kind === "ok") throw new Error(`it went well: ${JSON.stringify(result.outputs)}`);
  return result.failure;
}

/** An object as a multipart upload leaves it, with metadata and a tag. Gives its ETag. */
export async function multipartObject(
  server: S3Server,
  bucket: string,
  key: string,
  body: Buffer,
  partBytes: number,
): Promise<string> {
  await seed(server, bucket, [[key, body]]);
  const partSizes: number[] = [];
  const digests: string[] = [];
  for (let at = 0; at < body.length; at += partBytes) {
    const part = body.subarray(at, at + partBytes);
    partSizes.push(part.length);
    digests.push(md5(part));
  }
  const etag = `${md5(Buffer.from(digests.join(""), "hex"))}-${partSizes.length}`;
  const headers = { "content-type": "application/x-test", "x-amz-meta-run": "r1" };
  const object = { ...server.store.object(bucket, key), etag, partSizes, headers, tagging: "team=data" };
  server.store.commit({ kind: "object-put", bucket, key, object });
  return etag;
}

export const md5 = (data: Buffer | string) => createHash("md5").update(data).digest("hex");
