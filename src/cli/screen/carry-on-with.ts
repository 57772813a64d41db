import { dirname } from "node:path";
import type { Actor } from "../../domain/prompt.ts";
import { openStateDir } from "../../journal/index.ts";
import { type ExecutorOrder, startDetached } from "../session/detached.ts";
import { UsageError } from "../session/usage-error.ts";
import { GRACE_MS } from "./book-source.ts";

/** The executor before us closes its journal within this after it has said goodbye. */
const TRIES = 40;
const TRY_EVERY_MS = 100;

/** How an executor was told to carry on: until where, step by step, with which answers. */
export type Told = Pick<ExecutorOrder, "engine" | "policy">;

/**
 * Starts the next executor of a run that has just been stopped, with other parameters, told what the one before was told. Why
 * it could not, or `undefined`.
 */
export async function carryOnWith(
  seat: { readonly runDir: string; readonly runId: string; readonly actor: Actor },
  changes: { readonly [name: string]: string },
  told: Told | undefined,
): Promise<string | undefined> {
  const { runDir, runId, actor } = seat;
  const pairs = Object.entries(changes).map(([name, text]) => `${name}=${text}`);
  for (let left = TRIES; ; left--) {
    try {
      await startDetached({
        stateDir: openStateDir(dirname(dirname(runDir)), { create: false }).path,
        runDir,
        runId,
        actor,
        // What differs in the surroundings now was accepted by nobody.
        engine: { stepMode: false, graceMs: GRACE_MS, ...told?.engine, acceptContext: false },
        intent: { kind: "resume", params: { pairs, files: [] }, retryFailed: true },
        givenSecrets: {},
        policy: told?.policy ?? { answers: {}, approve: [], yes: false },
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (error.exitCode !== 75 || left === 0) return `${error.message}; runsheet resume ${runId}`;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}
