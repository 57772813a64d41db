import { noSuchBucket, noSuchKey, noSuchUpload } from "../s3-error.ts";
import type { BlobStore, Segment } from "./blobs.ts";
import { diskBlobs } from "./disk-blobs.ts";
import { type IndexLog, openIndexLog } from "./index-log.ts";
import { memoryBlobs } from "./memory-blobs.ts";
import type { Bucket, Change, StoredObject } from "./model.ts";
import { SortedKeys } from "./sorted-keys.ts";

/**
 * Buckets, objects and unfinished uploads. Read `buckets` freely; change it only by `commit`, which also writes the
 * index of an on-disk store before it returns.
 */
export class Store {
  readonly buckets = new Map<string, Bucket>();
  readonly blobs: BlobStore;
  readonly #log: IndexLog | undefined;

  private constructor(blobs: BlobStore, log: IndexLog | undefined) {
    this.blobs = blobs;
    this.#log = log;
  }

  static inMemory(): Store {
    return new Store(memoryBlobs(), undefined);
  }

  /** Opens or creates a store in `dir`; what was answered with success before a kill is there again. */
  static onDisk(dir: string): Store {
    const blobs = diskBlobs(`${dir}/blobs`);
    const log = openIndexLog(`${dir}/index.ndjson`);
    const store = new Store(blobs, log);
    for (const change of log.read()) store.#apply(change);
    blobs.sweep();
    return store;
  }

  commit(change: Change): void {
    this.#log?.append(change);
    this.#apply(change);
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw noSuchBucket();
    return bucket;
  }

  object(bucket: string, key: string): StoredObject {
    const object = this.bucket(bucket).objects.get(key);
    if (!object) throw noSuchKey();
    return object;
  }

  upload(bucket: string, key: string, uploadId: string) {
    const entry = this.bucket(bucket).uploads.get(uploadId);
    if (entry?.upload.key !== key) throw noSuchUpload();
    return entry;
  }

  close(): void {
    this.#log?.close();
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case "bucket-created":
        this.buckets.set(change.bucket, emptyBucket(change.bucket, change.createdMs));
        return;
      case "bucket-deleted":
        this.buckets.delete(change.bucket);
        return;
      case "object-put": {
        const bucket = this.bucket(change.bucket);
        this.#retain(change.object.body);
        const before = bucket.objects.get(change.key);
        bucket.objects.set(change.key, change.object);
        if (before) this.#release(before.body);
        else bucket.keys.add(change.key);
        return;
      }
      case "object-deleted": {
        const bucket = this.bucket(change.bucket);
        const before = bucket.objects.get(change.key);
        if (!before) return;
        bucket.objects.delete(change.key);
        bucket.keys.delete(change.key);
        this.#release(before.body);
        return;
      }
      case "upload-started":
        this.bucket(change.bucket).uploads.set(change.upload.id, { upload: change.upload, parts: new Map() });
        return;
      case "part-put": {
        const parts = this.bucket(change.bucket).uploads.get(change.uploadId)?.parts;
        if (!parts) throw noSuchUpload();
        this.#retain(change.part.body);
        const before = parts.get(change.number);
        parts.set(change.number, change.part);
        if (before) this.#release(before.body);
        return;
      }
      case "upload-ended": {
        const bucket = this.bucket(change.bucket);
        for (const part of bucket.uploads.get(change.uploadId)?.parts.values() ?? []) this.#release(part.body);
        bucket.uploads.delete(change.uploadId);
        return;
      }
    }
  }

  #retain(body: readonly Segment[]): void {
    for (const segment of body) this.blobs.retain(segment.blob);
  }

  #release(body: readonly Segment[]): void {
    for (const segment of body) this.blobs.release(segment.blob);
  }
}

function emptyBucket(name: string, createdMs: number): Bucket {
  return { name, createdMs, objects: new Map(), keys: new SortedKeys(), uploads: new Map() };
}
