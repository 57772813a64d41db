import { JournalError } from "../domain/ports.ts";

/**
 * What an error of SQLite or of the file system means for a journal. The kinds differ in what an operator must do:
 * free space, look at the disk, wait for somebody, restore a file.
 */
export type StorageFault = "full" | "busy" | "damaged" | "forbidden" | "inconsistent" | "io" | "bug";

export function storageFault(error: unknown): StorageFault {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string") return "bug";
  for (const [prefix, fault] of faults) if (code.startsWith(prefix)) return fault;
  return code.startsWith("SQLITE_") || /^E[A-Z0-9]+$/.test(code) ? "io" : "bug";
}

const faults: readonly (readonly [string, StorageFault])[] = [
  ["SQLITE_FULL", "full"],
  ["ENOSPC", "full"],
  ["EDQUOT", "full"],
  ["SQLITE_BUSY", "busy"],
  ["SQLITE_LOCKED", "busy"],
  ["SQLITE_CORRUPT", "damaged"],
  ["SQLITE_NOTADB", "damaged"],
  ["SQLITE_IOERR_SHORT_READ", "damaged"],
  ["SQLITE_IOERR_CORRUPTFS", "damaged"],
  ["SQLITE_CONSTRAINT", "inconsistent"],
  ["SQLITE_READONLY", "forbidden"],
  ["SQLITE_CANTOPEN", "forbidden"],
  ["SQLITE_PERM", "forbidden"],
  ["SQLITE_AUTH", "forbidden"],
  ["EACCES", "forbidden"],
  ["EPERM", "forbidden"],
  ["EROFS", "forbidden"],
  ["SQLITE_ERROR", "damaged"],
  ["SQLITE_MISMATCH", "bug"],
  ["SQLITE_MISUSE", "bug"],
  ["SQLITE_RANGE", "bug"],
  ["SQLITE_TOOBIG", "bug"],
];

/** The one place that turns errors of the storage into what the operator reads. `doing`: "write to", "open"... */
export function storageError(error: unknown, doing: string, file: string): JournalError {
  if (error instanceof JournalError) return error;
  const said = `${(error as { code?: string }).code ?? "error"}: ${(error as Error).message}`;
  const cause = { cause: error };
  switch (storageFault(error)) {
    case "full":
      return new JournalError(74, `cannot ${doing} ${file}: the disk is full (${said})`, hints.full, cause);
    case "busy":
      return new JournalError(75, `cannot ${doing} ${file}: another program holds it (${said})`, hints.busy, cause);
    case "damaged":
      return new JournalError(76, `${file} is damaged (${said})`, hints.damaged, cause);
    case "inconsistent":
      return new JournalError(76, `${file} refused an event that contradicts it (${said})`, hints.damaged, cause);
    case "forbidden":
      if (said.startsWith("SQLITE_READONLY_DIRECTORY")) return directoryNeeded(doing, file, said, cause);
      return new JournalError(74, `cannot ${doing} ${file}: not permitted (${said})`, hints.forbidden, cause);
    case "io":
    case "bug":
      return new JournalError(74, `cannot ${doing} ${file} (${said})`, hints.io, cause);
  }
}

/** SQLite keeps an index beside a live database, which even readers must be able to make. */
function directoryNeeded(doing: string, file: string, said: string, cause: ErrorOptions): JournalError {
  return new JournalError(
    74,
    `cannot ${doing} ${file}: its directory cannot be written by you, which even reading a live run needs (${said})`,
    "run as the user who owns the run, or make a copy with `runsheet state backup` as that user",
    cause,
  );
}

const hints = {
  full: "free some space on that disk, then `runsheet resume`",
  busy: "find the other program (`lsof FILE` names it), end it, then try again",
  damaged: "see what is wrong with `runsheet state verify`, then `runsheet state doctor`",
  forbidden: "check owner and mode of the file and its directory (0600 and 0700), and that the disk is not read-only",
  io: "check the disk (`dmesg` shows its errors), then `runsheet resume`",
} as const;
