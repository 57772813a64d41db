import { z } from "zod";
import { path, positiveDuration, whole, wholeOutput } from "../fields.ts";
import { connectionFields, s3Url } from "../s3/fields.ts";

export const snapshotsParams = z.strictObject({
  node: z.url().describe("the node's HTTP address, e.g. http://127.0.0.1:8888"),
  manifest: path.describe("manifest.csv of the plan"),
  syncUntil: whole.describe("where the slice begins"),
  terminateAt: whole.describe("where the node ends"),
  dir: path.describe("the node's snapshots directory, as this machine sees it"),
  archive: path.describe("where finished snapshots are kept"),
  to: s3Url.optional().describe("where they are uploaded; without it they are only compressed and archived"),
  ...connectionFields,
  chain: z
    .string()
    .regex(/^[a-z0-9]+$/)
    .default("eos")
    .describe("stands in the names"),
  version: z.int().positive().optional().describe("format number for the names, where neither node nor file tells"),
  level: z.int().min(1).max(22).default(3).describe("zstd level"),
  every: positiveDuration.default("15s").describe("how often the node is asked for its head"),
  stalled: positiveDuration.default("1h").describe("fail when the head does not move for this long"),
  unreachable: positiveDuration.default("15m").describe("fail when the node does not answer for this long"),
  snapshotTimeout: positiveDuration.default("3h").describe("how long one snapshot may take"),
  log: path.optional().describe("the node's log: tells whether a node that is gone has reached its last block"),
  measured: path.optional().describe("where to write how long the blocks took (start, end, seconds)"),
});

export const snapshotsOutputs = z.strictObject({
  due: z.int().describe("snapshots that were due"),
  taken: z.array(z.string()).describe("names of the snapshots, in the order of their heights"),
  missed: z.array(wholeOutput).describe("heights that the node had passed before a snapshot could be taken"),
  measured: z.string().optional(),
});

export type SnapshotsParams = z.infer<typeof snapshotsParams>;
export type SnapshotsOutputs = z.infer<typeof snapshotsOutputs>;
