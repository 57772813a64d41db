import { type Loaded, loadParsed } from "./load.ts";
import { snapshotPoints } from "./points.ts";
import type { SnapshotsParams } from "./snapshots-params.ts";
import { parseSpacing } from "./spacing-file.ts";

/** The heights at which snapshots of a slice are due, by its manifest. */
export async function slicePoints(given: SnapshotsParams, cwd: string): Promise<Loaded<readonly bigint[]>> {
  const manifest = await loadParsed("manifest", given.manifest, cwd, (text) => parseSpacing(text, ","));
  if (manifest.kind === "failed") return manifest;
  return { kind: "ok", value: snapshotPoints(manifest.value, BigInt(given.syncUntil), BigInt(given.terminateAt)) };
}
