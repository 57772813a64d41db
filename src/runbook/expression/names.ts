/** What a reference to an earlier step may look at; types are CEL's. */
export type StepFacts = {
  readonly id: string;
  readonly line: number;
  readonly fanOut: boolean;
  /** `any` when only the run will show which there are. */
  readonly outputs: ReadonlyMap<string, string> | "any";
};

/**
 * The steps that an expression can see, innermost list first. `earlier` grows while the list is read; `all` holds every id
 * of the list with its line, so that a reference to a later step can be told from a slip of the pen.
 */
export type StepNames = {
  readonly earlier: Map<string, StepFacts>;
  readonly all: ReadonlyMap<string, number>;
  /** The list runs all at once: its members cannot see each other. */
  readonly parallel: boolean;
  /** Ids of steps within groups of this list, with the group's id. */
  readonly inside: Map<string, string>;
  readonly outer: StepNames | undefined;
};

export type ParamFacts = { readonly type: string; readonly mayBeMissing: boolean; readonly secret: boolean };

/** The names of one runbook, the same for all its expressions. */
export type RunbookNames = {
  readonly params: ReadonlyMap<string, ParamFacts>;
  readonly secrets: ReadonlySet<string>;
  readonly env: ReadonlySet<string>;
  readonly context: ReadonlySet<string>;
};

/** What the place of an expression offers. */
export type Names = {
  readonly runbook: RunbookNames;
  readonly steps: StepNames | undefined;
  /** CEL type of `item`; `index` comes with it. */
  readonly item?: string;
  /** `key` is known (it is, once forEach has worked it out). */
  readonly key: boolean;
  /** `stdout`, `stderr`, `exitCode`; for actions and answers `result`. */
  readonly output: boolean;
  /** The step's own id may be looked at (in `undo`, which runs after it). */
  readonly self?: StepFacts;
  readonly secretsAllowed: boolean;
};

/** `run.<name>`, the same for every runbook. */
export const RUN_MEMBERS: Readonly<Record<string, { readonly type: string; readonly does: string }>> = {
  id: { type: "string", does: "the run's id" },
  dir: { type: "string", does: "the run's own directory in the state directory" },
  started: { type: "string", does: "when the run was started, ISO 8601" },
  lab: { type: "bool", does: "is it a practice run?" },
};

/** Members of `steps.<id>`. */
export const STEP_MEMBERS = ["ok", "skipped", "failed", "exitCode", "outputs"] as const;
/** Members of `steps.<id>` of a fan-out. */
export const FAN_OUT_MEMBERS = ["ok", "skipped", "failed", "counts", "items"] as const;
