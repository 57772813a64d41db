import type { Action } from "../../domain/action.ts";
import type { ExpressionChecker } from "../expression/check.ts";
import type { Names } from "../expression/names.ts";
import type { Report } from "../yaml/report.ts";
import type { Range } from "../yaml/source.ts";
import type { CalledRunbook } from "./called.ts";

/** Everything that reading a value may need of its surroundings. Made anew where they change, never altered. */
export type Context = {
  readonly report: Report;
  /** What expressions can see at this place. */
  readonly names: Names;
  readonly check: ExpressionChecker;
  readonly actionOf: (kind: string) => Action | undefined;
  readonly actionKinds: readonly string[];
  /** Plugins are named but were not loaded: unknown actions cannot be told from theirs. */
  readonly pluginsUnknown: boolean;
  readonly lenient: boolean;
  /** An enclosing step asks before anything inside begins. */
  readonly covered: boolean;
  /** The runbook that `call` names, read and checked; `undefined` when it was reported. */
  readonly called: (path: string, range: Range) => CalledRunbook | undefined;
};

export function withNames(context: Context, change: Partial<Names>): Context {
  return { ...context, names: { ...context.names, ...change } };
}
