import type { OutputSummary } from "../domain/attempt.ts";
import type { AttemptPaths } from "./attempt-dir.ts";
import { type FileSummary, OutputFile } from "./output-file.ts";

/** The output files of one attempt. */
export type AttemptOutput = {
  /** Sizes, and hashes of what nobody writes any more. */
  summary(stillWritten: boolean): Promise<OutputSummary>;
  /** Ends the watching. */
  close(): void;
};

/** Keeps the output files of running attempts within their limit. */
export type OutputWatch = { begin(paths: AttemptPaths): AttemptOutput; close(): void };

const lookEveryMs = 200;

/** @param capBytes kept per file; the middle of what is longer is given up */
export function createOutputWatch(capBytes: number): OutputWatch {
  const files = new Set<OutputFile>();
  let timer: NodeJS.Timeout | undefined;

  function lookAtAll(): void {
    for (const file of files) file.look().catch(() => {});
  }

  function forget(file: OutputFile): void {
    files.delete(file);
    if (files.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  return {
    begin: (paths) => {
      const out = new OutputFile(paths.out, capBytes);
      const err = new OutputFile(paths.err, capBytes);
      files.add(out).add(err);
      timer ??= setInterval(lookAtAll, lookEveryMs).unref();
      return {
        summary: async (stillWritten) =>
          outputSummary(await out.summary(stillWritten), await err.summary(stillWritten)),
        close: () => {
          forget(out);
          forget(err);
        },
      };
    },
    close: () => {
      clearInterval(timer);
      files.clear();
    },
  };
}

function outputSummary(out: FileSummary, err: FileSummary): OutputSummary {
  return {
    outBytes: out.bytes,
    errBytes: err.bytes,
    ...(out.sha256 === undefined ? {} : { outSha256: out.sha256 }),
    ...(err.sha256 === undefined ? {} : { errSha256: err.sha256 }),
    ...(out.droppedBytes === 0 ? {} : { outDroppedBytes: out.droppedBytes }),
    ...(err.droppedBytes === 0 ? {} : { errDroppedBytes: err.droppedBytes }),
  };
}
