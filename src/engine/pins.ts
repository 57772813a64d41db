import type { Address } from "../domain/address.ts";
import { ROOT } from "../domain/address.ts";
import { type Failure, failure } from "../domain/failure.ts";
import { runProbe } from "./probe.ts";
import type { Run } from "./run.ts";

const PIN_TIMEOUT_MS = 60_000;

/** At start: takes the pins of a fresh run, compares those of a resumed one. A failure means exit code 6. */
export async function takeOrComparePins(run: Run): Promise<Failure | undefined> {
  const names = Object.keys(run.plan.runbook.context);
  if (names.length === 0) return undefined;
  if (run.state.pins && !run.options.acceptContext) return comparePins(run, ROOT);
  const pins = await readPins(run);
  if (pins.kind === "failed") return pins.failure;
  if (!run.state.pins) await run.record([{ type: "context-taken", pins: pins.value }]);
  else await run.record([{ type: "context-accepted", pins: pins.value, actor: run.actor }]);
  return undefined;
}

const comparing = new WeakMap<Run, Promise<Failure | undefined>>();

/** Before each mutating attempt. Attempts that are released at the same time share one look. */
export function comparePins(run: Run, at: Address): Promise<Failure | undefined> {
  if (Object.keys(run.plan.runbook.context).length === 0) return Promise.resolve(undefined);
  let look = comparing.get(run);
  if (!look) {
    look = compare(run, at).finally(() => comparing.delete(run));
    comparing.set(run, look);
  }
  return look;
}

async function compare(run: Run, at: Address): Promise<Failure | undefined> {
  const pins = await readPins(run);
  if (pins.kind === "failed") return pins.failure;
  for (const [name, expected] of Object.entries(run.state.pins ?? {})) {
    const actual = pins.value[name];
    if (actual === undefined || actual === expected) continue;
    await run.record([{ type: "context-differs", at, name, expected, actual }]);
    return failure(
      "context-differs",
      `${name} was ${JSON.stringify(expected)} when the run began and is ${JSON.stringify(actual)} now`,
      {
        hint: `set it back, or accept it: runsheet resume ${run.state.created?.runId} --accept-context`,
        retryable: false,
        details: { name, expected, actual },
      },
    );
  }
  return undefined;
}

async function readPins(
  run: Run,
): Promise<{ kind: "ok"; value: { [name: string]: string } } | { kind: "failed"; failure: Failure }> {
  const value: { [name: string]: string } = {};
  for (const [name, command] of Object.entries(run.plan.runbook.context)) {
    const result = await runProbe(run, ROOT, command, PIN_TIMEOUT_MS);
    if (result.kind === "exited" && result.exitCode === 0) {
      value[name] = result.stdout.trim();
      continue;
    }
    const why = result.kind === "failed" ? result.failure.message : `exit ${result.exitCode}: ${result.stderr.trim()}`;
    return {
      kind: "failed",
      failure: failure("context-unreadable", `context pin "${name}" could not be read: ${why}`, {
        hint: "make its command work in this shell, then resume",
        retryable: false,
      }),
    };
  }
  return { kind: "ok", value };
}
