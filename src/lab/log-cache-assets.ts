import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import type { S3Server } from "./s3/start.ts";
import { type CacheEntry, sampleCatalogue, validationName } from "./stand-ins/jobs/catalogue.ts";

/** The buckets of the documented procedure. */
const ephemeralBucket = "nu-spark-metapod-ephemeral-1";
const permanentBucket = "nu-spark-datomic-logs";

/** A gigabyte of the catalogue is a kilobyte here: what is heavy stays heavy. */
const SCALE = 1_000_000;
const FILES = 3;

/**
 * A cache to be refreshed: the directories of the batch system's catalogue in the bucket that will be deleted, an empty
 * permanent bucket, and the CSV that the notebook would export.
 */
export async function logCacheAssets(dir: string, s3: S3Server): Promise<JsonObject> {
  mkdirSync(dir, { recursive: true });
  const catalogue = sampleCatalogue();
  for (const bucket of [ephemeralBucket, permanentBucket]) {
    s3.store.commit({ kind: "bucket-created", bucket, createdMs: Date.now() });
  }
  for (const entry of catalogue) {
    const bytes = Math.ceil(entry.sizeBytes / SCALE / FILES);
    for (let file = 0; file < FILES; file++) {
      await put(s3, `${entry.key}/part-0000${file}.parquet`, Buffer.alloc(bytes, `${validationName(entry)} ${file};`));
    }
    await put(s3, `${entry.key}/_SUCCESS`, Buffer.alloc(0));
  }
  const csv = join(dir, "log-cache.csv");
  writeFileSync(csv, catalogue.map(csvLine).join(""));
  return {
    csv,
    from: `s3://${ephemeralBucket}/`,
    to: `s3://${permanentBucket}/cache/`,
    resultBucket: `s3a://${ephemeralBucket}`,
    entries: join(dir, "cache-map.txt"),
  };
}

/** A column of Scala text as it is exported: quoted, with the quotes inside doubled. */
function csvLine(entry: CacheEntry): string {
  const name = validationName(entry).replace(/-validation$/, "");
  return `"s""${name}"" -> s""s3://${ephemeralBucket}/${entry.key}"","\n`;
}

async function put({ store }: S3Server, key: string, data: Buffer): Promise<void> {
  const writer = store.blobs.create();
  await writer.write(data);
  const blob = await writer.finish();
  store.commit({
    kind: "object-put",
    bucket: ephemeralBucket,
    key,
    object: {
      headers: { "content-type": "binary/octet-stream" },
      tagging: "",
      body: data.length === 0 ? [] : [{ blob, start: 0, end: data.length }],
      sizeBytes: data.length,
      etag: createHash("md5").update(data).digest("hex"),
      checksums: {},
      checksumType: "FULL_OBJECT",
      modifiedMs: Date.now(),
    },
  });
}
