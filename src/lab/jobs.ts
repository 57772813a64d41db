import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import type { ControlReply, ControlRoute } from "./control.ts";
import type { S3Server } from "./s3/start.ts";
import { sampleCatalogue } from "./stand-ins/jobs/catalogue.ts";
import {
  createJobEngine,
  type JobEngine,
  type JobFaults,
  type JobOutcome,
  type JobRequest,
  type JobStorage,
} from "./stand-ins/jobs/engine.ts";

export type Jobs = { readonly engine: JobEngine; readonly route: ControlRoute; readonly values: JsonObject };

/** The bucket that the documented procedure copies the cache to. */
const cacheBucket = "nu-spark-datomic-logs";

/** The batch system: with object storage its validators look there; without it they find everything, and results go to `dir`. */
export function startJobs(s3: S3Server | undefined, dir: string, faults: JobFaults): Jobs {
  const catalogue = sampleCatalogue();
  const storage = s3 ? objectStorage(s3) : directory(dir);
  const engine = createJobEngine({ catalogue, storage, cacheBucket, faults, msPerGigabyte: 20 });
  const values = { command: ["nu", "datainfra", "sabesp", "--", "--aurora-stack=lab", "jobs"], cacheBucket };
  return { engine, route, values };

  function route(path: string, body: unknown): ControlReply | undefined {
    const { environment, name } = body as { environment: string; name: string };
    if (path === "/jobs/create") return outcome(engine.create(body as JobRequest));
    if (path === "/jobs/kill") return outcome(engine.kill(environment, name));
    if (path === "/jobs/list") return { status: 200, body: engine.list(environment) };
    if (path !== "/jobs/logs") return undefined;
    const lines = engine.logs(environment, name);
    return lines
      ? { status: 200, body: lines.map((line) => `${line}\n`).join("") }
      : { status: 404, body: `no job ${environment}/${name}` };
  }
}

function outcome(result: JobOutcome): ControlReply {
  return { status: result.kind === "ok" ? 200 : 409, body: result.text };
}

function objectStorage(s3: S3Server): JobStorage {
  const client = async () => {
    const { S3Client } = await import("@aws-sdk/client-s3");
    return new S3Client({
      endpoint: s3.endpoint,
      region: "us-east-1",
      credentials: s3.credentials,
      forcePathStyle: true,
    });
  };
  let opened: ReturnType<typeof client> | undefined;
  const connect = () => {
    opened ??= client();
    return opened;
  };
  return {
    async exists(bucket, prefix) {
      const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 });
      const listed = await (await connect()).send(command).catch(() => undefined);
      return (listed?.KeyCount ?? 0) > 0;
    },
    async put(bucket, key, bytes) {
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      await (await connect()).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
    },
  };
}

function directory(dir: string): JobStorage {
  return {
    exists: async () => true,
    async put(bucket, key, bytes) {
      const file = join(dir, bucket, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    },
  };
}
