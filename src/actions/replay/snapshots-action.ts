import { defineAction } from "../../domain/action.ts";
import { returningFileFailures } from "../file-failures.ts";
import { slicePoints } from "./slice-points.ts";
import { type SnapshotsOutputs, type SnapshotsParams, snapshotsOutputs, snapshotsParams } from "./snapshots-params.ts";

export const snapshotsAction = defineAction<SnapshotsParams, SnapshotsOutputs>({
  kind: "replay.snapshots",
  title: "Take a snapshot in every period of a slice",
  description:
    "Follows the head of a node that replays a slice. Each time it has passed a border between two periods, a snapshot is " +
    "made through the node's HTTP API, named snapshot-YYYY-MM-DD-HH-eos-vN-HEIGHT.bin, compressed with zstd, read back, " +
    "uploaded, verified and archived; uploading goes on beside the node. Directories and bucket are listed before anything " +
    "is made, so an attempt that follows an interruption makes no snapshot twice and finishes what lies half-way. Borders " +
    "that the head had passed unseen are listed as missed. Also measures how long the blocks took.",
  params: snapshotsParams,
  outputs: snapshotsOutputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const points = await slicePoints(given, cwd);
    if (points.kind === "failed") return { grade: "native", lines: points.failure.message.split("\n") };
    const to = given.to === undefined ? "" : ` and upload them to ${given.to}`;
    return {
      grade: "native",
      lines: [`would take ${points.value.length} snapshots between ${given.syncUntil} and ${given.terminateAt}${to}`],
    };
  },
  run: returningFileFailures(async (given, context) => {
    const { followSlice } = await import("./follow-slice.ts");
    return followSlice(given, context);
  }),
});
