import { type FileProblem, type ParsedFile, quoted, readRows } from "./rows.ts";
import { type Snapshot, snapshotHeight } from "./snapshot-name.ts";

/**
 * Reads a list of snapshots: one name, path or URL per line; the name is what follows the last slash. An empty list is
 * allowed (every slice then begins at genesis). Refuses with every line that does not end in a block height.
 */
export function parseSnapshotList(text: string): ParsedFile<Snapshot> {
  const problems: FileProblem[] = [];
  const records: Snapshot[] = [];
  for (const { line, fields } of readRows(text, /\n/)) {
    const name = (fields[0] ?? "").replace(/^.*\//, "");
    const height = snapshotHeight(name);
    if (height === undefined)
      problems.push({ line, reason: `${quoted(name)} does not end in a block height (${SHAPE})` });
    else records.push({ name, height });
  }
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "ok", records };
}

const SHAPE = "expected a name such as snapshot-2019-08-11-16-eos-v6-0073487941.bin.zst";
