import vm from "node:vm";

const MATCH_TIMEOUT_MS = 250;

/** Patterns without a repeated group cannot take exponential time. */
const REPEATED_GROUP = /\)[*+{]/;

const SHORT = 20;

let guarded: { readonly context: vm.Context; readonly script: vm.Script } | undefined;

/**
 * Does `pattern` occur in `text`? A pattern that would backtrack for ages is stopped, so that an unlucky one cannot hold up
 * the whole process.
 *
 * @throws SyntaxError for a pattern that is none, Error when it takes too long.
 */
export function matches(pattern: string, text: string): boolean {
  if (!REPEATED_GROUP.test(pattern) || text.length < SHORT) return new RegExp(pattern, "u").test(text);
  guarded ??= {
    context: vm.createContext({ pattern: "", text: "" }),
    script: new vm.Script("new RegExp(pattern, 'u').test(text)"),
  };
  new RegExp(pattern, "u");
  Object.assign(guarded.context, { pattern, text });
  try {
    return guarded.script.runInContext(guarded.context, { timeout: MATCH_TIMEOUT_MS }) as boolean;
  } catch (cause) {
    throw new Error(`the pattern ${pattern} takes too long to match; write it without nested repetition`, { cause });
  }
}

/** Does the whole of `text` match? */
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
