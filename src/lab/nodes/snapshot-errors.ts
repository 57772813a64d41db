import type { Block } from "./block.ts";
import type { ApiError } from "./nodeos-api.ts";

/** What nodeos answers when a snapshot cannot be made, with its own names and numbers. */

export function snapshotExists(file: string): ApiError {
  const detail = `snapshot named ${file} already exists`;
  return { name: "snapshot_exists_exception", code: 3170008, what: "The requested snapshot already exists", detail };
}

export function directoryMissing(dir: string): ApiError {
  const what = "The configured snapshot directory does not exist";
  const detail = `snapshot directory ${dir} not found`;
  return { name: "snapshot_directory_not_found_exception", code: 3170007, what, detail };
}

export function notFinalized(head: Block): ApiError {
  const detail = `Snapshot for block ${head.id} was not finalized: the block was forked out`;
  return { name: "snapshot_finalization_exception", code: 3170009, what: "Snapshot Finalization Exception", detail };
}
