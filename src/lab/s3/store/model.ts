import type { ChecksumName, Checksums } from "../body/checksums.ts";
import type { Segment } from "./blobs.ts";
import type { SortedKeys } from "./sorted-keys.ts";

export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** What a writer may say about an object besides its bytes. */
export type ObjectMetadata = {
  /** Headers given back as they came: content-type and its kin, and `x-amz-meta-*`. */
  readonly headers: { readonly [name: string]: string };
  /** URL-encoded `key=value&…`, as in the `x-amz-tagging` header; empty without tags. */
  readonly tagging: string;
};

export type StoredObject = ObjectMetadata & {
  readonly body: readonly Segment[];
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Checksums;
  readonly checksumType: ChecksumType;
  readonly modifiedMs: number;
  /** Sizes of the parts of an object that came by multipart upload. */
  readonly partSizes?: readonly number[];
};

export type Part = {
  readonly body: readonly Segment[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksums: Checksums;
  readonly modifiedMs: number;
};

export type UnfinishedUpload = ObjectMetadata & {
  readonly id: string;
  readonly key: string;
  readonly startedMs: number;
  readonly algorithm: ChecksumName | undefined;
  readonly checksumType: ChecksumType;
};

export type Bucket = {
  readonly name: string;
  readonly createdMs: number;
  readonly objects: Map<string, StoredObject>;
  readonly keys: SortedKeys;
  readonly uploads: Map<string, { readonly upload: UnfinishedUpload; readonly parts: Map<number, Part> }>;
};

/** Everything that can change the store; the on-disk index is a list of these. */
export type Change =
  | { readonly kind: "bucket-created"; readonly bucket: string; readonly createdMs: number }
  | { readonly kind: "bucket-deleted"; readonly bucket: string }
  | { readonly kind: "object-put"; readonly bucket: string; readonly key: string; readonly object: StoredObject }
  | { readonly kind: "object-deleted"; readonly bucket: string; readonly key: string }
  | { readonly kind: "upload-started"; readonly bucket: string; readonly upload: UnfinishedUpload }
  | {
      readonly kind: "part-put";
      readonly bucket: string;
      readonly uploadId: string;
      readonly number: number;
      readonly part: Part;
    }
  | { readonly kind: "upload-ended"; readonly bucket: string; readonly uploadId: string };
