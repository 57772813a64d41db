import type { Failure } from "./failure.ts";
import type { Command, Template, TemplateTree } from "./runbook.ts";
import type { Value, ValueMap } from "./value.ts";

/**
 * What expressions can see. Entries may be getters: a scope is made per evaluation and must cost nothing for what an
 * expression does not touch.
 */
export type Scope = {
  readonly params: ValueMap;
  /** `steps.<id>` is `{ ok, skipped, outputs, exitCode }`; of a fan-out `{ ok, counts, items: { <key>: { ok, outputs } } }`. */
  readonly steps: ValueMap;
  readonly context: ValueMap;
  readonly env: ValueMap;
  readonly run: ValueMap;
  /** Names only are known to the language; values come in where a value may be secret. */
  readonly secrets: { readonly [name: string]: string };
  /** In a fan-out: the item's value, its key and its position. */
  readonly item?: Value;
  readonly key?: string;
  readonly index?: number;
  /** In outputs, `verify`, `guard`: what the command printed. */
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  readonly result?: Value;
};

export type Evaluated<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "failed"; readonly failure: Failure };

/** A command ready to be started. Secrets appear in `env` only, never in `argv`. */
export type RenderedCommand = {
  /** What `/bin/sh` or the kernel gets. A line is `["/bin/sh", "-c", line]`. */
  readonly argv: readonly string[];
  /** For people and for hashes: what an operator could paste, with secrets as `$NAME`. */
  readonly shown: string;
  /** Variables that carry secrets into the command. */
  readonly secretEnv: Readonly<Record<string, string>>;
};

/** The expression language as a port: the engine evaluates, `runbook/` knows how. Nothing here throws for bad input. */
export interface Expressions {
  value(template: Template, scope: Scope): Evaluated<Value>;
  text(template: Template, scope: Scope): Evaluated<string>;
  condition(template: Template, scope: Scope): Evaluated<boolean>;
  tree(tree: TemplateTree, scope: Scope): Evaluated<Value>;
  command(command: Command, scope: Scope): Evaluated<RenderedCommand>;
}
