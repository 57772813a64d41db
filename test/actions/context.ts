import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Action, ActionContext, ActionResult, CheckVerdict, Preview, Progress } from "../../src/domain/action.ts";
import type { Json } from "../../src/domain/json.ts";

/** A context in a directory of its own that remembers what the action said. */
export type TestContext = ActionContext & {
  readonly lines: string[];
  readonly progressed: Progress[];
  readonly checkpoints: Json[];
};

export type ContextOptions = {
  readonly cwd: string;
  readonly signal?: AbortSignal;
  readonly attemptId?: string;
  readonly stepKey?: string;
  readonly lastCheckpoint?: Json;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each checkpoint before it counts as durable. */
  readonly onCheckpoint?: (value: Json) => void | Promise<void>;
};

export function contextIn(options: ContextOptions): TestContext {
  const lines: string[] = [];
  const progressed: Progress[] = [];
  const checkpoints: Json[] = [];
  return {
    lines,
    progressed,
    checkpoints,
    signal: options.signal ?? new AbortController().signal,
    attemptId: options.attemptId ?? randomUUID(),
    stepKey: options.stepKey ?? "test-run/step",
    cwd: options.cwd,
    scratchDir: join(options.cwd, ".scratch"),
    env: options.env ?? {},
    progress: (progress) => void progressed.push(progress),
    log: (line) => void lines.push(line),
    checkpoint: async (value) => {
      // As the journal would: a checkpoint is JSON or it is nothing.
      const stored = JSON.parse(JSON.stringify(value)) as Json;
      await options.onCheckpoint?.(stored);
      checkpoints.push(stored);
    },
    lastCheckpoint: options.lastCheckpoint,
    secret: (name) => {
      const value = options.secrets?.[name];
      if (value === undefined) throw new Error(`secret ${name} is not declared`);
      return value;
    },
  };
}

/** Runs an action the way the engine does: parameters through the schema, outputs through theirs. */
export async function runAction(action: Action, given: unknown, context: ActionContext): Promise<ActionResult<never>> {
  const result = await action.run(action.params.parse(given), context);
  if (result.kind === "ok") action.outputs.parse(result.outputs);
  return result as ActionResult<never>;
}

export function checkAction(action: Action, given: unknown, context: ActionContext): Promise<CheckVerdict<unknown>> {
  if (action.check === undefined) throw new Error(`${action.kind} has no check`);
  return action.check(action.params.parse(given), context);
}

export function previewAction(action: Action, given: unknown, context: ActionContext): Promise<Preview> {
  return action.preview(action.params.parse(given), context);
}

export function actionNamed(actions: readonly Action[], kind: string): Action {
  const found = actions.find((action) => action.kind === kind);
  if (found === undefined) throw new Error(`no action ${kind}`);
  return found;
}

/** A directory that is removed when the test is over: `await using home = await temporaryDirectory()`. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "runsheet-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
