/** An answer in a word, and the reason that came with it. */
export function answerWords(answer: unknown): { readonly answer: string; readonly reason?: string } {
  const given = answer as GivenAnswer;
  const reason = given.reason ?? given.note;
  return { answer: wordOf(given), ...(reason ? { reason } : {}) };
}

type GivenAnswer = {
  readonly kind: string;
  readonly choice?: string;
  readonly done?: boolean;
  readonly reason?: string;
  readonly note?: string;
  readonly typed?: string;
  readonly value?: unknown;
};

function wordOf({ kind, choice, done, typed, value }: GivenAnswer): string {
  if (choice !== undefined) return choice;
  if (kind === "manual") return done ? "done" : "failed";
  if (kind === "value") return JSON.stringify(value);
  return typed === undefined ? kind : `${kind}, typed ${JSON.stringify(typed)}`;
}
