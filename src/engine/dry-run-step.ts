import type { Address } from "../domain/address.ts";
import type { LeafNode } from "../domain/plan.ts";
import { valueToText } from "../domain/value.ts";
import { actionContext } from "./action-context.ts";
import { paramsOf } from "./attempt-action.ts";
import { outputsOf } from "./outputs.ts";
import { commandRequest, durationOf, runProbe } from "./probe.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";

/** `simulated`: known exactly. `native`: the real system said what it would do. `not simulated`: known in words only. */
export type Grade = "simulated" | "native" | "not simulated";

type Shown = { readonly would: readonly string[]; readonly grade: Grade };

const PREVIEW_TIMEOUT_MS = 120_000;

/** What one step would do. With `probe`, steps that only read are carried out and their outputs are known afterwards. */
export async function probeStep(run: Run, node: LeafNode, at: Address, probe: boolean): Promise<Shown> {
  const { body } = node.step;
  switch (body.kind) {
    case "run":
    case "service":
      return commandStep(run, node, at, probe);
    case "uses":
      return actionStep(run, node, at, probe);
    case "wait": {
      const limit = durationOf(run, at, body.forMs);
      return { would: [limit.kind === "ok" ? `wait ${limit.value / 1000} s` : "wait"], grade: "simulated" };
    }
    case "assert": {
      const held = run.expressions.condition(body.that, scopeOf(run, at));
      if (held.kind === "failed") return { would: [`${body.that.source} (unknown until run)`], grade: "not simulated" };
      return { would: [`${body.that.source} is ${held.value}`], grade: "simulated" };
    }
    case "stop-service":
      return { would: [`stop ${body.service}`], grade: "simulated" };
    case "wait-until":
      return { would: ["wait until its condition holds"], grade: "not simulated" };
    default:
      return { would: ["ask the operator"], grade: "simulated" };
  }
}

async function commandStep(run: Run, node: LeafNode, at: Address, probe: boolean): Promise<Shown> {
  const { body } = node.step;
  if (body.kind !== "run" && body.kind !== "service") throw new Error(`${at} has no command`);
  const request = commandRequest(run, at, body.command);
  if (request.kind === "failed") {
    const source =
      body.command.kind === "line" ? body.command.line.source : body.command.words.map((word) => word.source).join(" ");
    return { would: [`${source.trim()} (unknown until run)`], grade: "not simulated" };
  }
  const shown = request.value.command.shown.trim();
  if (!probe) return { would: [shown], grade: "not simulated" };
  if (node.step.preview) {
    const preview = await runProbe(run, at, node.step.preview, PREVIEW_TIMEOUT_MS);
    const said = preview.kind === "exited" ? `${preview.stdout}${preview.stderr}`.trim() : preview.failure.message;
    return { would: [shown, ...said.split("\n")], grade: "native" };
  }
  if (node.step.effect !== "read" || body.kind === "service") return { would: [shown], grade: "not simulated" };
  const result = await runProbe(run, at, body.command, PREVIEW_TIMEOUT_MS);
  if (result.kind === "failed" || result.exitCode !== 0) {
    const why = result.kind === "failed" ? result.failure.message : `exit code ${result.exitCode}`;
    return { would: [shown, `fails now: ${why}`], grade: "native" };
  }
  const trimmed = { stdout: result.stdout.replace(/\n+$/, ""), stderr: result.stderr, exitCode: 0 };
  const outputs = await outputsOf(run, at, node, {}, trimmed);
  await run.record([
    {
      type: "step-ended",
      at,
      result: { kind: "done", how: "probe", exitCode: 0 },
      ...(outputs.kind === "ok" ? { outputs: outputs.value } : {}),
    },
  ]);
  return { would: [shown], grade: "native" };
}

async function actionStep(run: Run, node: LeafNode, at: Address, probe: boolean): Promise<Shown> {
  const { body } = node.step;
  if (body.kind !== "uses") throw new Error(`${at} uses no action`);
  const action = run.actionOf(body.action);
  if (!action) return { would: [`uses: ${body.action}`], grade: "not simulated" };
  const params = paramsOf(run, at, action, body.with);
  if (params.kind === "failed") {
    return {
      would: [`${body.action} (parameters unknown until run: ${params.failure.message})`],
      grade: "not simulated",
    };
  }
  const words = run.mask(`${body.action} ${valueToText(params.shown)}`);
  if (!probe) return { would: [words], grade: "not simulated" };
  const context = actionContext(run, at, {
    attemptId: run.newId(),
    n: 0,
    signal: AbortSignal.timeout(PREVIEW_TIMEOUT_MS),
    log: () => {},
  });
  if (context.kind === "failed") return { would: [words], grade: "not simulated" };
  try {
    const preview = await action.preview(params.value, context.value);
    return {
      would: [words, ...preview.lines.map(run.mask)],
      grade: preview.grade === "native" ? "native" : "not simulated",
    };
  } catch (error) {
    return { would: [words, `no preview: ${(error as Error).message}`], grade: "not simulated" };
  }
}
