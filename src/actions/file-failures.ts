import type { ActionResult } from "../domain/action.ts";
import { type Failure, failure } from "../domain/failure.ts";

/** Troubles of the file system that are nobody's bug: code of the failure, what to say, how to mend it. */
const EXPECTED: { readonly [code: string]: readonly [string, string, string] } = {
  ENOSPC: ["disk-full", "no space is left on the device", "free some space, then resume the run"],
  EDQUOT: ["disk-full", "the disk quota is used up", "free some space or raise the quota, then resume the run"],
  EACCES: ["file-permission", "permission is denied", "give this user access, then resume the run"],
  EPERM: ["file-permission", "the operation is not permitted", "give this user access, then resume the run"],
  EROFS: ["file-permission", "the file system is read-only", "choose another directory, then resume the run"],
  ENOENT: ["file-missing", "it does not exist", "put it there or correct the path, then resume the run"],
  ENOTDIR: ["file-missing", "a part of its path is not a directory", "correct the path, then resume the run"],
  EISDIR: ["file-missing", "it is a directory, a file is needed", "correct the path, then resume the run"],
  EEXIST: ["file-exists", "it is there already", "move it away or choose another path, then resume the run"],
  EMFILE: ["too-many-files", "too many files are open", "raise the limit (ulimit -n), then resume the run"],
  EIO: ["disk-failing", "the device reports an I/O error", "look at the kernel log (dmesg) before you go on"],
};

/** The failure behind an error of `node:fs`, or undefined when the error is something else (a bug of ours). */
export function fileFailure(error: unknown): Failure | undefined {
  const { code, path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  const known = code === undefined ? undefined : EXPECTED[code];
  if (known === undefined || syscall === undefined) return undefined;
  const [name, what, hint] = known;
  return failure(name, `${dest ?? path ?? "a file"}: ${what} (${syscall})`, { hint, cause: error });
}

/** Wraps the `run` of an action so that a full disk or a missing permission is a failure and not a bug report. */
export function returningFileFailures<P, C, O>(
  run: (params: P, context: C) => Promise<ActionResult<O>>,
): (params: P, context: C) => Promise<ActionResult<O>> {
  return async (params, context) => {
    try {
      return await run(params, context);
    } catch (error) {
      const known = fileFailure(error);
      if (known === undefined) throw error;
      return { kind: "failed", failure: known };
    }
  };
}
