import { resolve } from "node:path";
import { defineAction } from "../../domain/action.ts";
import { returningFileFailures } from "../file-failures.ts";
import { findBlockLogs } from "./block-logs.ts";
import { type BlocklogsOutputs, type BlocklogsParams, blocklogsOutputs, blocklogsParams } from "./blocklogs-params.ts";

export const blocklogsAction = defineAction<BlocklogsParams, BlocklogsOutputs>({
  kind: "replay.blocklogs",
  title: "Compress and upload block logs as the node retires them",
  description:
    "Takes each finished block log together with its index: checksum of the source, compress with zstd, checksum of what was " +
    "read and of what the compressed file gives back, upload, compare size and checksum by HEAD, archive. A log whose index is " +
    "missing waits for it. Files that are done are remembered; an attempt after an interruption goes on with the next. " +
    "Gaps between neighbouring logs are reported.",
  params: blocklogsParams,
  outputs: blocklogsOutputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const pairs = await findBlockLogs(resolve(cwd, given.dir));
    const then = given.follow === undefined ? "" : `, and those that follow until block ${given.follow.terminateAt}`;
    return { grade: "native", lines: [`would compress and upload ${pairs.length} block logs of ${given.dir}${then}`] };
  },
  run: returningFileFailures(async (given, context) => {
    const { shipBlockLogs } = await import("./ship-block-logs.ts");
    return shipBlockLogs(given, context);
  }),
});
