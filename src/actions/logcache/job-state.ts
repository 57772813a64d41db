/** What a job is at, whatever words its command line has for it. */
export type JobState = "waiting" | "running" | "finished" | "failed";

export type JobReport = {
  readonly state: JobState;
  /** The word that was read. */
  readonly word: string;
  /** How far it is, when the command line tells. */
  readonly done?: number;
  readonly total?: number;
};

const WORDS: readonly (readonly [JobState, RegExp])[] = [
  ["waiting", /^(pending|queued|waiting|submitted|init|starting|throttled|assigned)$/i],
  ["running", /^(running|active|in[_ -]?progress)$/i],
  ["finished", /^(finished|succeeded|success|completed|complete|done)$/i],
  ["failed", /^(failed|failure|error|killed|lost|cancell?ed|aborted|dead)$/i],
];

/**
 * Reads what the status command printed: JSON with a `state` (or `status`) and perhaps `done` and `total`, or text of
 * which one word is a known state and perhaps another is like `7/32`. Undefined when there is no state.
 */
export function readJobReport(output: string): JobReport | undefined {
  const json = parseObject(output);
  if (json) {
    const word = [json.state, json.status].find((one) => typeof one === "string") as string | undefined;
    const state = word === undefined ? undefined : stateOf(word);
    if (word === undefined || state === undefined) return undefined;
    return {
      state,
      word,
      ...(typeof json.done === "number" ? { done: json.done } : {}),
      ...(typeof json.total === "number" ? { total: json.total } : {}),
    };
  }
  const word = output.split(/[^\w-]+/).find((one) => stateOf(one) !== undefined);
  const state = word === undefined ? undefined : stateOf(word);
  if (word === undefined || state === undefined) return undefined;
  const [, done, total] = /(?:^|\s)(\d{1,9})\/(\d{1,9})(?:\s|$)/.exec(output) ?? [];
  return { state, word, ...(done === undefined ? {} : { done: Number(done), total: Number(total) }) };
}

function stateOf(word: string): JobState | undefined {
  return WORDS.find(([, pattern]) => pattern.test(word))?.[0];
}

function parseObject(text: string): { readonly [key: string]: unknown } | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as { [key: string]: unknown };
  } catch {
    return undefined;
  }
}
