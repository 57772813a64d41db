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
 * which one word is a known state. Undefined when neither is there.
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
  for (const word of output.split(/[^\w-]+/)) {
    const state = stateOf(word);
    if (state !== undefined) return { state, word };
  }
  return undefined;
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
