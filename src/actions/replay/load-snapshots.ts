import { z } from "zod";
import type { ActionContext } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { type Loaded, loadParsed } from "./load.ts";
import { parseSnapshotList } from "./snapshot-list.ts";
import type { Snapshot } from "./snapshot-name.ts";

/** How an `s3://` location is reached. Credentials come from the standard provider chain only. */
export const s3Options = {
  endpoint: z.url().optional().describe("endpoint of an S3-compatible store"),
  region: z.string().optional(),
  pathStyle: z.boolean().optional().describe("bucket in the path, as most S3-compatible stores want it"),
  profile: z.string().optional().describe("profile of the shared AWS configuration"),
};

/** The snapshots there are: from a list of the operator, refused with every bad line, or from a listing of a bucket. */
export async function loadSnapshots(
  { snapshots }: { snapshots: string },
  { cwd }: Pick<ActionContext, "cwd" | "signal" | "env">,
): Promise<Loaded<readonly Snapshot[]>> {
  if (!/^s3:\/\//i.test(snapshots)) return loadParsed("snapshots", snapshots, cwd, parseSnapshotList);
  return { kind: "failed", failure: failure("s3", "not yet") };
}
