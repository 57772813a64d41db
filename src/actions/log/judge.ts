import type { WatchOutputs, WatchParams } from "./params.ts";

/** What a line means for the wait. */
export type Judgement =
  | { readonly kind: "go-on" }
  | { readonly kind: "matched" }
  | { readonly kind: "found"; readonly outputs: WatchOutputs }
  | { readonly kind: "bad"; readonly line: string; readonly pattern: string };

const KEPT_LINES = 20;
const KEPT_CHARS = 500;

/** Looks at line after line; remembers how many matched and the last few for messages. */
export class Judge {
  readonly #until: readonly RegExp[];
  readonly #fail: readonly RegExp[];
  readonly #times: number;
  readonly #tail: string[] = [];
  #lines = 0;
  #matches: number;

  /** @param matches that an earlier attempt has seen already */
  constructor({ until, fail, ignoreCase, times }: WatchParams, matches: number) {
    const compile = (source: string): RegExp => new RegExp(source, ignoreCase ? "i" : "");
    this.#until = [until].flat().map(compile);
    this.#fail = [fail ?? []].flat().map(compile);
    this.#times = times;
    this.#matches = matches;
  }

  look(line: string): Judgement {
    this.#lines += 1;
    this.#tail.push(line.length > KEPT_CHARS ? `${line.slice(0, KEPT_CHARS)}…` : line);
    if (this.#tail.length > KEPT_LINES) this.#tail.shift();
    const bad = this.#fail.find((pattern) => pattern.test(line));
    if (bad !== undefined) return { kind: "bad", line, pattern: bad.source };
    for (const pattern of this.#until) {
      const match = pattern.exec(line);
      if (match === null) continue;
      this.#matches += 1;
      if (this.#matches < this.#times) return { kind: "matched" };
      const { source } = pattern;
      return {
        kind: "found",
        outputs: { line, groups: groupsOf(match), pattern: source, matches: this.#matches, lines: this.#lines },
      };
    }
    return { kind: "go-on" };
  }

  get matches(): number {
    return this.#matches;
  }

  get lines(): number {
    return this.#lines;
  }

  /** The last lines, for a person who has to find out why. */
  get tail(): readonly string[] {
    return this.#tail;
  }
}

function groupsOf(match: RegExpExecArray): Record<string, string> {
  const numbered = match.slice(1).map((text, index) => [`${index + 1}`, text] as const);
  const entries = [...numbered, ...Object.entries(match.groups ?? {})];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
