/*
 * The smallest executor that keeps the promises: two durable records per attempt in a plain file, orphans settled first.
 * `node executor.ts DIR STEPS` runs `DIR/step.sh N` for each step and exits 0 (all done), 1 (a step failed), 3 (could not be
 * started), 4 (in doubt).
 * An attempt in doubt is settled as an operator would: by the ledger that the steps write.
 */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AttemptEnd, ProcessIdentity } from "../../src/domain/attempt.ts";
import type { RunningAttempt } from "../../src/domain/ports.ts";
import { createProcesses } from "../../src/process/index.ts";

export type Entry =
  | {
      readonly kind: "released";
      readonly step: number;
      readonly n: number;
      readonly attemptId: string;
      readonly identity: ProcessIdentity;
    }
  | {
      readonly kind: "ended";
      readonly step: number;
      readonly n: number;
      readonly end: AttemptEnd;
      readonly late: boolean;
      readonly peakMemoryBytes: number;
    }
  | { readonly kind: "resolved"; readonly step: number; readonly n: number; readonly as: "done" | "not-done" };

export function readEntries(dir: string): Entry[] {
  const path = join(dir, "journal");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  // The last line is not whole when the executor was killed while it wrote it: it was never durable.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Entry);
}

export function attemptDir(dir: string, step: number, n: number): string {
  return join(dir, "attempts", `step-${step}.${n}`);
}

async function main(dir: string, steps: number, secrets: readonly string[]): Promise<number> {
  const processes = createProcesses({
    lingerMs: 100,
    outputCapBytes: Number(process.env.RUNSHEET_TEST_CAP ?? 2 ** 30),
  });
  const entries = readEntries(dir);
  // Commands get them by name, not by accident.
  delete process.env.RUNSHEET_TEST_SECRETS;
  const journal = openSync(join(dir, "journal"), "a", 0o600);
  const record = (entry: Entry): void => {
    entries.push(entry);
    writeSync(journal, `${JSON.stringify(entry)}\n`);
    fsyncSync(journal);
  };
  try {
    for (let step = 1; step <= steps; step++) {
      for (;;) {
        const last = entries.findLast((entry) => entry.step === step);
        if (last?.kind === "resolved" && last.as === "done") break;
        if (last?.kind === "ended" && last.end.kind === "exited") {
          if (last.end.exitCode !== 0) return 1;
          break;
        }
        if (last?.kind === "ended" && last.end.kind !== "not-started") return 4;
        if (last?.kind === "released") {
          const ref = { dir: attemptDir(dir, step, last.n), attemptId: last.attemptId, identity: last.identity };
          await settle(step, last.n, await processes.adopt(ref), true);
        } else if (!(await attempt(step, (last?.n ?? 0) + 1))) return 3;
      }
    }
    return 0;
  } finally {
    processes.close();
    closeSync(journal);
  }

  async function attempt(step: number, n: number): Promise<boolean> {
    const attemptId = randomUUID();
    const prepared = await processes.prepare({
      command: {
        argv: ["/bin/sh", join(dir, "step.sh"), String(step)],
        shown: `step.sh ${step}`,
        secretEnv: Object.fromEntries(secrets.map((secret, n) => [`SECRET_${n}`, secret])),
      },
      cwd: dir,
      env: {},
      dir: attemptDir(dir, step, n),
      attemptId,
      secrets,
      dieWithExecutor: false,
    });
    if (prepared.kind === "failed") return false;
    record({ kind: "released", step, n, attemptId, identity: prepared.attempt.identity });
    await settle(step, n, prepared.attempt.release(), false);
    return true;
  }

  async function settle(step: number, n: number, running: RunningAttempt, late: boolean): Promise<void> {
    record({
      kind: "ended",
      step,
      n,
      end: await running.ended,
      late,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    });
  }
}

if (import.meta.main) {
  const [dir = "", steps = ""] = process.argv.slice(2);
  process.exitCode = await main(dir, Number(steps), JSON.parse(process.env.RUNSHEET_TEST_SECRETS ?? "[]"));
}
