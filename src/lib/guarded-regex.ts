import vm from "node:vm";

const MATCH_TIMEOUT_MS = 250;

/** Patterns without a repeated group cannot take exponential time. */
const REPEATED_GROUP = /\)[*+{]/;

const SHORT = 20;

let guarded: { readonly context: vm.Context; readonly script: vm.Script } | undefined;

/**
 * The first match of `pattern` in `text` with its groups, or `undefined`. A pattern that would backtrack for ages is stopped,
 * so that an unlucky one cannot hold up the whole process.
 *
 * @throws SyntaxError for a pattern that is none, Error when it takes too long.
 */
export function find(pattern: string, flags: string, text: string): readonly (string | undefined)[] | undefined {
  const expression = new RegExp(pattern, flags);
  if (!REPEATED_GROUP.test(pattern) || text.length < SHORT) return expression.exec(text) ?? undefined;
  guarded ??= {
    context: vm.createContext({ pattern: "", flags: "", text: "" }),
    script: new vm.Script("new RegExp(pattern, flags).exec(text)"),
  };
  Object.assign(guarded.context, { pattern, flags, text });
  try {
    const match: ArrayLike<string> | null = guarded.script.runInContext(guarded.context, { timeout: MATCH_TIMEOUT_MS });
    return match ? Array.from(match) : undefined;
  } catch (cause) {
    throw new Error(`the pattern ${pattern} takes too long to match; write it without nested repetition`, { cause });
  }
}

/** Does `pattern` occur in `text`? Throws as `find` does. */
export function matches(pattern: string, text: string): boolean {
  return find(pattern, "u", text) !== undefined;
}

/** Does the whole of `text` match? Throws as `find` does. */
export function matchesWhole(pattern: string, text: string): boolean {
  return matches(`^(?:${pattern})$`, text);
}

/** Why `pattern` is no regular expression, or `undefined`. */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, "u");
    return undefined;
  } catch (cause) {
    return (cause as Error).message.replace(/^Invalid regular expression: /, "");
  }
}
