import type { MessageRow, ProcessRow } from "./tables.ts";

/** The keys under which the real program stores things in RocksDB; operators look at them with `ldb`. */

/** In `SU_DATA_DIR`, written by `migrate_to_disk`. */
export function diskKey({ processId, timestamp, messageId, assignmentId }: MessageRow): string {
  const base = `message___${processId}___${timestamp}___${messageId}`;
  return assignmentId === "" ? base : `${base}___${assignmentId}`;
}

/** In `SU_INDEX_DB_DIR` (families `message`, `message_ordering`, ...) and `SU_FILE_DB_DIR`. */
export function localMessageKeys(row: MessageRow) {
  const { processId, messageId, assignmentId, epoch, nonce, timestamp } = row;
  const order = [padded(epoch, 10), padded(nonce, 10), padded(timestamp, 15)].join(":");
  return {
    index: `message:${messageId}:${assignmentId}`,
    ordering: `message_ordering:${processId}:${order}:${assignmentId}`,
    file: `message_assignment:${assignmentId}`,
  };
}

export function localProcessKeys({ processId, timestamp }: ProcessRow) {
  const order = [padded(0, 10), padded(0, 10), padded(timestamp, 15)].join(":");
  return {
    index: `process:${processId}:${processId}`,
    ordering: `process_ordering:${processId}:${order}:${processId}`,
    file: `process_assignment:${processId}`,
  };
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
