import { readFileSync } from "node:fs";
import type { JsonObject } from "../../domain/json.ts";
import { fingerprintsOf, planOf } from "../../domain/plan.ts";
import type { Actor } from "../../domain/prompt.ts";
import { type ValueMap, valueToJson } from "../../domain/value.ts";
import { createRun, makeRunId, type StateDir } from "../../journal/index.ts";
import { fingerprint } from "../../runbook/index.ts";
import type { Loaded } from "./load.ts";
import { storedName } from "./stored-runbook.ts";
import { version } from "./version.ts";

/** Makes the directory and the first event of a run. Secret parameters are not part of `params` and never reach the disk. */
export function createRunFor(
  stateDir: StateDir,
  loaded: Loaded,
  params: ValueMap,
  options: { readonly runId?: string; readonly lab: boolean; readonly actor: Actor },
): { readonly runId: string; readonly runDir: string } {
  const runId = options.runId ?? makeRunId();
  const plan = planOf(loaded.runbook, params, loaded.sha256, fingerprint);
  const files = Object.fromEntries(loaded.calls.map((call) => [storedName(loaded.file, call.file), call.bytes]));
  const runDir = createRun(stateDir, runId, {
    runbookBytes: loaded.bytes,
    files,
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    created: {
      type: "run-created",
      runId,
      runbook: loaded.runbook.name,
      runbookFile: loaded.file,
      runbookSha256: loaded.sha256,
      fingerprints: fingerprintsOf(plan),
      params: valueToJson(params) as JsonObject,
      lab: options.lab,
      actor: options.actor,
      version: version(),
    },
  });
  return { runId, runDir };
}
