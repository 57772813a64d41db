import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Failure } from "../../domain/failure.ts";

/** How one object fared. `verified` = transferred by this attempt, size and checksum compared. */
export type Outcome =
  | { readonly outcome: "verified" | "skipped"; readonly key: string; readonly sizeBytes: number }
  | { readonly outcome: "failed"; readonly key: string; readonly failure: Failure };

/** Collects outcomes: the first failures in memory, every outcome in the report file if there is one. */
export type Outcomes = {
  add(outcome: Outcome): void;
  /** At most `MAX_KEPT` of them. */
  readonly failures: readonly { readonly key: string; readonly failure: Failure }[];
  readonly failedCount: number;
  close(): void;
};

const MAX_KEPT = 100;
const FLUSH_BYTES = 64 * 1024;

/**
 * Lines are written soon after the turn of the event loop in which they came about, never before the object was
 * verified: a line in the report is a promise. The file is appended to, so a resumed run completes it.
 */
export function outcomes(reportPath: string | undefined, attemptId: string): Outcomes {
  const file = reportPath === undefined ? undefined : openReport(reportPath);
  const failures: { key: string; failure: Failure }[] = [];
  let failedCount = 0;
  let pending = "";
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    if (pending === "" || file === undefined) return;
    writeSync(file, pending);
    pending = "";
  };
  return {
    failures,
    get failedCount() {
      return failedCount;
    },
    add(outcome) {
      if (outcome.outcome === "failed") {
        failedCount++;
        if (failures.length < MAX_KEPT) failures.push({ key: outcome.key, failure: outcome.failure });
      }
      if (file === undefined) return;
      pending += `${JSON.stringify(lineOf(outcome, attemptId))}\n`;
      if (pending.length >= FLUSH_BYTES) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
    },
    close() {
      flush();
      if (file !== undefined) closeSync(file);
    },
  };
}

function openReport(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, "a");
}

function lineOf(outcome: Outcome, attempt: string) {
  if (outcome.outcome !== "failed") return { ...outcome, attempt };
  const { key, failure } = outcome;
  return { outcome: "failed", key, code: failure.code, reason: failure.message, attempt };
}
