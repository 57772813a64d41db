/** A value of JSON whose integers beyond 2^53 are kept as decimal digits in a string, never rounded. */
export type ExactJson = null | boolean | number | string | ExactJson[] | { [key: string]: ExactJson };

/**
 * `JSON.parse`, except that an integer that a double cannot hold exactly comes back as the text of its digits.
 *
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseExactJson(text: string): ExactJson {
  return JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]) as ExactJson;
}

// TypeScript's library does not know the third argument (JSON.parse source text access, ES2025) yet; Node has it since 21.
function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return context.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;
}
