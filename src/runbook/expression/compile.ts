import type { Environment } from "@marcbachmann/cel-js/evaluator";
import type { Scope } from "../../domain/expressions.ts";
import type { TemplatePart } from "../../domain/runbook.ts";
import type { ValueMap } from "../../domain/value.ts";
import { CelMap, toCel } from "./convert.ts";
import { baseEnvironment } from "./functions.ts";
import { referencesOf } from "./references.ts";
import { rewrite, TYPED_ROOTS } from "./rewrite.ts";
import { stepIdOf } from "./step-key.ts";

/** The names at the root of an expression; whether a place offers them is checked when the runbook is validated. */
export const ROOTS = [
  "params",
  "steps",
  "context",
  "env",
  "run",
  "secrets",
  "item",
  "key",
  "index",
  "stdout",
  "stderr",
  "exitCode",
  "result",
] as const;

/** An expression ready to run. @throws Error of CEL or of one of our functions */
export type Compiled = (scope: Scope) => unknown;

export type ExpressionPart = Extract<TemplatePart, { kind: "expression" }>;

/** Keeps compiled expressions. The number of expressions is bounded by the runbooks that one process loads. */
export function createCompiler(): (part: ExpressionPart) => Compiled {
  const environment = evaluationEnvironment();
  const byText = new Map<string, Compiled>();
  const byPart = new WeakMap<ExpressionPart, Compiled>();
  return (part) => {
    const known = byPart.get(part);
    if (known) return known;
    // The loader has rewritten what differs; a part from elsewhere gets what needs no declarations.
    const text = part.cel ?? rewrite(part.source, referencesOf(part.source), () => "plain").cel;
    const compiled = byText.get(text) ?? compileIn(environment, text);
    if (byText.size >= MAX_CACHED) byText.clear();
    byText.set(text, compiled);
    byPart.set(part, compiled);
    return compiled;
  };
}

const MAX_CACHED = 20_000;

function compileIn(environment: Environment, text: string): Compiled {
  const parsed = environment.parse(text);
  return (scope) => parsed(new CelScope(scope) as unknown as Record<string, unknown>);
}

/** Types are checked against the declarations when the runbook is validated; here every name holds what it holds. */
function evaluationEnvironment(): Environment {
  const environment = baseEnvironment();
  for (const name of [...ROOTS, ...Object.keys(TYPED_ROOTS)]) environment.registerVariable(name, "dyn");
  return environment;
}

/** The steps by their ids, also in the form in which `rewrite` writes them. */
class StepsMap extends CelMap {
  override has(key: string): boolean {
    return super.has(key) || super.has(stepIdOf(key));
  }

  override get(key: string): unknown {
    return super.get(key) ?? super.get(stepIdOf(key));
  }
}

Object.defineProperty(StepsMap.prototype, "constructor", { value: Map });

/** Looks at the engine's scope only where the expression does. */
class CelScope {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get params(): unknown {
    return new CelMap(this.#scope.params, "plain");
  }
  get runsheet_number_params(): unknown {
    return new CelMap(this.#scope.params, "number");
  }
  get runsheet_duration_params(): unknown {
    return new CelMap(this.#scope.params, "duration");
  }
  get steps(): unknown {
    return new StepsMap(this.#scope.steps, "plain");
  }
  get runsheet_number_steps(): unknown {
    return new StepsMap(this.#scope.steps, "number");
  }
  get runsheet_duration_steps(): unknown {
    return new StepsMap(this.#scope.steps, "duration");
  }
  get context(): unknown {
    return new CelMap(this.#scope.context, "plain");
  }
  get env(): unknown {
    return new CelMap(this.#scope.env, "plain");
  }
  get run(): unknown {
    return new CelMap(this.#scope.run, "plain");
  }
  get secrets(): unknown {
    return new CelMap(this.#scope.secrets as ValueMap, "plain");
  }
  get item(): unknown {
    const { item } = this.#scope;
    return item === undefined ? undefined : toCel(item);
  }
  get key(): unknown {
    return this.#scope.key;
  }
  get index(): unknown {
    const { index } = this.#scope;
    return index === undefined ? undefined : BigInt(index);
  }
  get stdout(): unknown {
    return this.#scope.stdout;
  }
  get stderr(): unknown {
    return this.#scope.stderr;
  }
  get exitCode(): unknown {
    const { exitCode } = this.#scope;
    return exitCode === undefined ? undefined : BigInt(exitCode);
  }
  get result(): unknown {
    const { result } = this.#scope;
    return result === undefined ? undefined : toCel(result);
  }
}
