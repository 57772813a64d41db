import { randomUUID } from "node:crypto";
import { planOf } from "../../domain/plan.ts";
import type { ValueMap } from "../../domain/value.ts";
import { dryRun, type PlanRow } from "../../engine/index.ts";
import { createMask } from "../../lib/mask.ts";
import { createProcesses } from "../../process/index.ts";
import { createExpressions, fingerprint } from "../../runbook/index.ts";
import { realClock, realFiles } from "./files.ts";
import type { Loaded } from "./load.ts";
import { declaredSecrets, resolveSecrets } from "./secrets.ts";

/**
 * What a run of a runbook would do, step by step; changes nothing. With `probe` steps that only read are carried out, and
 * native previews. Without it nothing is asked of the world, so secrets stay where they are; their names are enough.
 */
export async function planRows(
  loaded: Loaded,
  params: ValueMap,
  options: { readonly probe: boolean; readonly typedSecrets: Readonly<Record<string, string>> },
): Promise<readonly PlanRow[]> {
  const { probe } = options;
  const expressions = createExpressions();
  const processes = createProcesses();
  try {
    const names = Object.keys(declaredSecrets(loaded.runbook));
    const secrets = probe
      ? await resolveSecrets(loaded.runbook, { expressions, processes, params, given: options.typedSecrets })
      : Object.fromEntries(names.map((name) => [name, `(secret ${name})`]));
    return await dryRun({
      plan: planOf(loaded.runbook, params, loaded.sha256, fingerprint),
      processes,
      files: realFiles,
      expressions,
      clock: realClock,
      actionOf: loaded.actionOf,
      secrets,
      mask: probe ? createMask(Object.values(secrets)).text : (text) => text,
      valueProblem: () => undefined,
      runDir: process.cwd(),
      env: Object.fromEntries(loaded.runbook.env.map((name) => [name, process.env[name]])),
      random: Math.random,
      newId: randomUUID,
      probe,
    });
  } finally {
    processes.close();
  }
}
