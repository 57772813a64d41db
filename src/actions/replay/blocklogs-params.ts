import { z } from "zod";
import { path, positiveDuration, positiveWhole, whole, wholeOutput } from "../fields.ts";
import { connectionFields, s3Url } from "../s3/fields.ts";

export const blocklogsParams = z.strictObject({
  dir: path.describe("the node's directory of retained block logs"),
  archive: path.describe("where the compressed files are kept"),
  to: s3Url.optional().describe("where they are uploaded; without it they are only compressed and archived"),
  ...connectionFields,
  follow: z
    .strictObject({
      node: z.url(),
      terminateAt: whole,
      stride: positiveWhole.default(2_000_000),
      log: path.optional().describe("the node's log: tells whether a node that is gone has reached its last block"),
      stalled: positiveDuration.default("1h"),
      unreachable: positiveDuration.default("15m"),
    })
    .optional()
    .describe("go on until the node's last whole log has been retired; without it: once over what is there"),
  every: positiveDuration.default("1m").describe("how often the directory is looked at"),
  level: z.int().min(1).max(22).default(3).describe("zstd level"),
  removeSource: z.boolean().default(false).describe("remove a log from `dir` once it is verified in the store"),
});

export const blocklogsOutputs = z.strictObject({
  files: z.int().describe("logs and indexes that are in the store"),
  firstBlock: wholeOutput.optional(),
  lastBlock: wholeOutput.optional(),
  gaps: z.array(z.string()),
});

export type BlocklogsParams = z.infer<typeof blocklogsParams>;
export type BlocklogsOutputs = z.infer<typeof blocklogsOutputs>;
