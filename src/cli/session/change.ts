import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PlanChanged } from "../../domain/event.ts";
import type { JsonObject } from "../../domain/json.ts";
import { fingerprintsOf, planOf } from "../../domain/plan.ts";
import { isImpossible, needsAcceptance, planChanges, type StepChange } from "../../domain/plan-change.ts";
import type { Actor } from "../../domain/prompt.ts";
import type { RunState } from "../../domain/state.ts";
import { type ValueMap, valueToJson } from "../../domain/value.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { fingerprint } from "../../runbook/index.ts";
import type { Loaded } from "./load.ts";
import { changedRunbookPath, storedName } from "./stored-runbook.ts";
import { UsageError } from "./usage-error.ts";

/**
 * A run goes on with another text of its runbook: keeps what is done by address, and refuses with exit code 6 and the
 * difference when a finished step reads differently and was not accepted by name. Stores the new text beside the old one;
 * it counts once the returned event is in the journal.
 */
export async function changePlan(
  runDir: string,
  state: RunState,
  loaded: Loaded,
  params: ValueMap,
  accepted: readonly string[],
  actor: Actor,
): Promise<PlanChanged | undefined> {
  const fingerprints = fingerprintsOf(planOf(loaded.runbook, params, loaded.sha256, fingerprint));
  const changes = planChanges(state, fingerprints);
  const impossible = changes.filter(isImpossible);
  const open = changes.filter((change) => needsAcceptance(change) && !accepted.includes(change.pattern));
  if (impossible.length > 0 || open.length > 0) throw refusal(state, changes, impossible, open, accepted);
  const sameParams = JSON.stringify(valueToJson(params)) === JSON.stringify(valueToJson(state.params));
  if (loaded.sha256 === state.runbookSha256 && sameParams) return undefined;
  await store(runDir, loaded);
  return {
    type: "plan-changed",
    runbookSha256: loaded.sha256,
    fingerprints,
    accepted,
    params: valueToJson(params) as JsonObject,
    actor,
  };
}

function refusal(
  state: RunState,
  changes: readonly StepChange[],
  impossible: readonly StepChange[],
  open: readonly StepChange[],
  accepted: readonly string[],
): UsageError {
  const lines = changes.map(
    ({ kind, pattern, progress }) =>
      `  ${kind.padEnd(8)} ${pattern}${progress === "untouched" ? "" : `  (${progress})`}`,
  );
  const text = `the runbook differs from the one that run ${state.created?.runId} was carried out with:\n${lines.join("\n")}`;
  if (impossible.length > 0) {
    const names = impossible.map((change) => change.pattern).join(", ");
    return new UsageError(
      `${text}\n${names}: begun and not settled; settle it with the old text first`,
      `runsheet resume ${state.created?.runId}`,
      6,
    );
  }
  const flags = [...accepted, ...open.map((change) => change.pattern)]
    .map((name) => `--accept-changed '${name}'`)
    .join(" ");
  return new UsageError(`${text}\nfinished steps keep their result only if you accept each of them`, `add ${flags}`, 6);
}

async function store(runDir: string, loaded: Loaded): Promise<void> {
  const path = changedRunbookPath(runDir, loaded.sha256);
  mkdirSync(join(path, "files"), { recursive: true, mode: 0o700 });
  await writeFileAtomically(join(path, "runbook.yaml"), loaded.bytes, 0o600);
  for (const call of loaded.calls) {
    const file = join(path, "files", storedName(loaded.file, call.file));
    mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
    await writeFileAtomically(file, call.bytes, 0o600);
  }
}
