import type { Effect } from "./action.ts";
import type { Value } from "./value.ts";

/** Where something stands in a runbook file. Lines and columns count from 1. */
export type Span = { readonly file: string; readonly line: number; readonly column: number; readonly length: number };

/**
 * Text with holes. A template of exactly one hole has the type of its expression; any other is text. `as` names what its
 * place wants: the value of a `duration` is then always milliseconds (`15m` as text is read), of an `integer` a number.
 */
export type Template = {
  readonly source: string;
  readonly parts: readonly TemplatePart[];
  readonly span: Span;
  readonly as?: "duration" | "integer";
};

/**
 * `raw` is the visible opt-out of quoting: `${{ raw(x) }}` in a shell line. `cel` is the expression as it is evaluated,
 * when that differs from the author's `source` (step ids with dashes, parameters that are durations or fractions).
 */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "expression"; readonly source: string; readonly cel?: string; readonly raw: boolean };

/** A YAML value whose strings are templates, e.g. the `with:` of an action. */
export type TemplateTree =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "template"; readonly template: Template }
  | { readonly kind: "list"; readonly items: readonly TemplateTree[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, TemplateTree])[] };

/** A shell line (each hole becomes quoted words) or an argv list (each hole becomes one argument, a list several). */
export type Command =
  | { readonly kind: "line"; readonly line: Template }
  | { readonly kind: "argv"; readonly words: readonly Template[] };

export type ParamType = "string" | "integer" | "number" | "boolean" | "duration" | "size" | "path" | "list" | "secret";

/** Durations are milliseconds and sizes bytes once parsed; both keep their unit in the file. */
export type ParamSpec = {
  readonly type: ParamType;
  readonly enum?: readonly Value[];
  readonly pattern?: string;
  readonly min?: Value;
  readonly max?: Value;
  readonly default?: TemplateTree;
  /** A question for the operator; without it a missing value is an error. */
  readonly prompt?: string;
  readonly description?: string;
  readonly optional: boolean;
};

export type SecretSource =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: Template }
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "prompt"; readonly question: string };

/** A question to the world that changes nothing: exit code 0 or a true expression means yes. */
export type Probe =
  | { readonly kind: "command"; readonly command: Command; readonly timeoutMs: number }
  | { readonly kind: "action"; readonly action: string; readonly with: TemplateTree; readonly timeoutMs: number }
  | { readonly kind: "expression"; readonly that: Template };

/** A probe that may need time to become true. `withinMs` 0 asks once. */
export type PollProbe = {
  readonly probe: Probe;
  readonly everyMs: Template | number;
  readonly withinMs: Template | number;
};

export type Retry = {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly delayMs: number;
  /** Factor per further try; 1 keeps the delay constant. Full jitter is applied to each delay. */
  readonly backoff: number;
  readonly maxDelayMs: number;
  /** Only these exit codes are tried again. Empty: all. */
  readonly onExit: readonly number[];
};

/** `type` asks for this text to be typed before the answer counts. */
export type Confirm = { readonly message: Template; readonly type?: Template };

export type OutputSource =
  | { readonly kind: "expression"; readonly template: Template }
  | { readonly kind: "regex"; readonly pattern: string; readonly group: number; readonly from: "stdout" | "stderr" }
  | { readonly kind: "json"; readonly path: readonly (string | number)[] }
  | { readonly kind: "file"; readonly path: Template; readonly as: "text" | "json" | "lines" };

export type Undo =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "action"; readonly action: string; readonly with: TemplateTree }
  | { readonly kind: "manual"; readonly instruction: Template };

export type ForEach = {
  readonly items:
    | { readonly kind: "expression"; readonly template: Template }
    | { readonly kind: "literal"; readonly values: readonly TemplateTree[] }
    /** A text file with one item per line, or JSON with a list. */
    | { readonly kind: "file"; readonly path: Template };
  readonly key: Template;
  readonly concurrency: Template | number;
  readonly maxFailures:
    | { readonly kind: "count"; readonly count: number }
    | { readonly kind: "percent"; readonly percent: number };
  /** Run this many items first, then ask before the rest. 0: no pilot. */
  readonly pilot: number;
  readonly order: "listed" | "reverse" | "key";
};

export type OnFailure = "ask" | "stop" | "continue";
export type OnInterrupt = "ask" | "rerun" | "probe" | "fail";

export type StepBody =
  | { readonly kind: "run"; readonly command: Command }
  | { readonly kind: "uses"; readonly action: string; readonly with: TemplateTree }
  | { readonly kind: "confirm" }
  | { readonly kind: "input"; readonly question: Template; readonly spec: ParamSpec }
  | { readonly kind: "manual"; readonly instruction: Template }
  | { readonly kind: "assert"; readonly that: Template; readonly message?: Template }
  | { readonly kind: "wait"; readonly forMs: Template | number }
  | { readonly kind: "wait-until"; readonly poll: PollProbe }
  | { readonly kind: "group"; readonly parallel: boolean; readonly steps: readonly Step[] }
  | { readonly kind: "call"; readonly runbook: Runbook; readonly with: readonly (readonly [string, TemplateTree])[] }
  | { readonly kind: "service"; readonly command: Command; readonly ready?: PollProbe; readonly stop: ServiceStop }
  | { readonly kind: "stop-service"; readonly service: string };

/** TERM, repeated every `repeatMs`, then KILL after `graceMs`. `signal` is the first signal. */
export type ServiceStop = {
  readonly signal: "SIGTERM" | "SIGINT";
  readonly repeatMs: number;
  readonly graceMs: number;
};

export type Step = {
  readonly id: string;
  readonly body: StepBody;
  readonly forEach?: ForEach;
  readonly title?: Template;
  /** Markdown for the operator. */
  readonly notes?: Template;
  readonly when?: Template;
  readonly effect: Effect;
  readonly confirm?: Confirm;
  readonly guard?: Probe;
  readonly verify?: PollProbe;
  /** A native dry run of this step, used by `plan`. */
  readonly preview?: Command;
  readonly timeoutMs?: Template | number;
  readonly retry: Retry;
  readonly onFailure: OnFailure;
  readonly onInterrupt: OnInterrupt;
  readonly idempotent: boolean;
  readonly undo?: Undo;
  readonly outputs: Readonly<Record<string, OutputSource>>;
  readonly env: Readonly<Record<string, Template>>;
  readonly cwd?: Template;
  /** The output is not shown and not kept beyond the run's own files. */
  readonly sensitive: boolean;
  readonly span: Span;
};

export type Runbook = {
  readonly name: string;
  readonly title: Template;
  readonly description?: string;
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly secrets: Readonly<Record<string, SecretSource>>;
  /** Names of environment variables that expressions may read. */
  readonly env: readonly string[];
  /** Context pins: taken at start, compared before every mutating step and at resume. */
  readonly context: Readonly<Record<string, Command>>;
  readonly mutex?: Template;
  /** Modules that export actions, relative to the file. */
  readonly plugins: readonly string[];
  readonly steps: readonly Step[];
  /** Absolute path of the file; commands start in its directory. */
  readonly file: string;
};
