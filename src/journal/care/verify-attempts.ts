import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { exitCodeIn, type Traces, tracesOf } from "../attempts-on-disk.ts";
import { lstatOrNothing, type RunPaths } from "../run-dir.ts";
import { type KnownAttempt, releasedByNow } from "./verify-database.ts";
import type { Report } from "./verify-run.ts";

/** Directories without a release, releases without a directory, and kept output that is not what was recorded. */
export async function verifyAttempts(
  paths: RunPaths,
  names: readonly string[],
  known: readonly KnownAttempt[],
  report: Report,
): Promise<void> {
  const released = new Set(known.map(({ dir }) => basename(dir)));
  const unknown = names.filter((name) => !released.has(name)).map((name) => join(paths.attempts, name));
  const ran = unknown.map((dir) => ({ dir, traces: lstatOrNothing(dir) ? tracesOf(dir) : undefined }));
  const since = ran.some(({ traces }) => traces?.kind === "ran") ? releasedByNow(paths) : new Set();
  for (const { dir, traces } of ran) if (traces && !since.has(basename(dir))) reportUnknown(dir, traces, report);
  for (const attempt of known) await verifyKnown(join(paths.attempts, basename(attempt.dir)), attempt, report);
}

function reportUnknown(dir: string, traces: Traces, report: Report): void {
  if (traces.kind === "ran") {
    const message = `the journal has no release of ${dir}, but its command ran: ${traces.sign}`;
    const hint = "the journal lost events: restore a backup, or see what `runsheet state doctor` proposes";
    report({ code: "unknown-attempt", severity: "error", message, hint });
    return;
  }
  const message = `${dir} was prepared but never released`;
  report({ code: "leftover", severity: "warning", message, hint: "the next resume removes it" });
}

async function verifyKnown(dir: string, attempt: KnownAttempt, report: Report): Promise<void> {
  const name = `attempt ${attempt.n} of ${attempt.address}`;
  if (!lstatOrNothing(dir)?.isDirectory()) {
    if (attempt.state === "not-started") return;
    const severity = attempt.state === "released" || attempt.outBytes || attempt.errBytes ? "error" : "warning";
    report({ code: "missing-attempt", severity, message: `${name}: its directory ${dir} is gone`, hint: restore });
    return;
  }
  const rc = exitCodeIn(dir, attempt.attemptId);
  if (rc !== undefined && attempt.exitCode !== null && attempt.exitCode !== rc) {
    const message = `${name}: the journal says exit code ${attempt.exitCode}, its wrapper wrote ${rc}`;
    report({ code: "output-differs", severity: "error", message, hint: restore });
  }
  await verifyOutput(join(dir, "out"), name, attempt.outBytes, attempt.outSha256, report);
  await verifyOutput(join(dir, "err"), name, attempt.errBytes, attempt.errSha256, report);
}

const restore = "restore it from a backup, or accept that this output cannot be trusted";

/** A process that an attempt left behind may go on writing; what was recorded must still be the beginning. */
async function verifyOutput(
  file: string,
  name: string,
  bytes: number | null,
  sha256: string | null,
  report: Report,
): Promise<void> {
  // Output above its limit has its middle cut out, and a note beside it that says so.
  if (bytes === null || lstatOrNothing(`${file}.cut`)) return;
  const size = lstatOrNothing(file)?.size ?? 0;
  if (size < bytes) {
    const message = `${name}: ${file} has ${size} bytes, ${bytes} were recorded`;
    report({ code: "output-differs", severity: "error", message, hint: restore });
  } else if (sha256 !== null && (await sumOf(file, bytes)) !== sha256) {
    const message = `${name}: ${file} is not what was recorded (its sha256 differs)`;
    report({ code: "output-differs", severity: "error", message, hint: restore });
  }
}

async function sumOf(file: string, bytes: number): Promise<string> {
  const sum = createHash("sha256");
  if (bytes > 0) await pipeline(createReadStream(file, { end: bytes - 1 }), sum);
  return sum.digest("hex");
}
