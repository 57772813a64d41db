import { z } from "zod";

const UNIT_BYTES: { readonly [unit: string]: number } = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

const SIZE = /^(\d+(?:\.\d+)?)\s?([kKMGT]B|[KMGT]iB|B)$/;

/** A size in `with:`: text with a unit (`64MiB`, `5GB`), or bytes as an expression yields them. */
export const size = z
  .union([z.int().nonnegative(), z.string().regex(SIZE, 'a size such as "64MiB" or "5GB"')])
  .describe("a size such as 64MiB or 5GB");

/** Bytes of a value that `size` accepted. */
export function toBytes(value: number | string): number {
  if (typeof value === "number") return value;
  const [, amount, unit] = SIZE.exec(value) ?? [];
  return Math.round(Number(amount) * (UNIT_BYTES[unit ?? ""] ?? Number.NaN));
}

/** How a store is reached. Credentials come from the standard provider chain only (environment, profile, role). */
export const connectionFields = {
  endpoint: z.url().optional().describe("endpoint of an S3-compatible store; default: AWS"),
  region: z.string().min(1).optional().describe("default: what AWS_REGION or the profile says"),
  pathStyle: z.boolean().optional().describe("bucket in the path; default: true with an endpoint, else false"),
  profile: z.string().min(1).optional().describe("profile of the shared AWS configuration"),
  requesterPays: z.boolean().optional().describe("accept the charges of requester-pays buckets"),
  checksums: z
    .enum(["default", "when_required"])
    .optional()
    .describe("when_required for S3-compatible stores that do not know the newer checksums"),
};

export const connection = z.strictObject(connectionFields);

export type Connection = z.output<typeof connection>;

/** Requests in flight at most. The limit in force moves below it as the store asks to slow down. */
export const concurrency = z.int().min(1).max(1024).default(32).describe("requests in flight at most");

export const s3Url = z
  .string()
  .regex(/^s3:\/\/[^/]+/i, "a location such as s3://bucket/prefix/")
  .describe("s3://bucket/prefix");

export const partSize = size
  .refine((value) => toBytes(value) >= 5 * 1024 ** 2 && toBytes(value) <= 5 * 1024 ** 3, "between 5MiB and 5GiB")
  .default("64MiB")
  .describe("size of one part of a large object; grows by itself beyond 10,000 parts");

export const report = z.string().min(1).optional().describe("append one JSON line per object and outcome to this file");

/** Counts that every transferring action gives. */
export const transferOutputs = {
  objects: z.int().describe("objects looked at"),
  bytes: z.int().describe("their bytes"),
  transferred: z.int().describe("objects transferred by this attempt"),
  transferredBytes: z.int(),
  skipped: z.int().describe("objects that were there already, with the same size and checksum"),
};
