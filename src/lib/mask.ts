import { type Automaton, buildAutomaton } from "./mask-automaton.ts";
import { isWeak, type SecretForm, secretForms } from "./mask-forms.ts";
import { MaskScanner } from "./mask-scanner.ts";

/** What stands where a secret stood. */
export const maskText = "***";

/** One secret may not be larger: every form of it becomes part of a table in memory. */
export const maxSecretBytes = 64 * 1024;

/** Hides a fixed set of secrets. Making one costs milliseconds, using it nearly nothing: keep it. */
export type Mask = {
  /** The text with every occurrence of every secret, in every known form, replaced by `***`. */
  text(text: string): string;
  /** For output that comes in pieces: finds secrets across the borders of chunks, with bounded memory. */
  stream(): MaskStream;
  /**
   * Positions of secrets with less than four characters. They cannot be hidden without either destroying the output or
   * showing where they stood, so they are masked only where they stand as a word of their own. Refuse them where a
   * secret is declared.
   */
  readonly weak: readonly number[];
};

export type MaskStream = {
  /** What can be passed on after this chunk. The last bytes may be held back until it is known what follows. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back. */
  end(): Uint8Array;
};

/**
 * A mask for the given values: as they are, and as base64 (standard and URL-safe, at any alignment inside larger data, also
 * wrapped into lines), hexadecimal, URL-encoded, JSON-escaped (also twice), HTML-escaped and shell-quoted. Values of several
 * lines are also hidden line by line. Empty values are ignored.
 *
 * @throws RangeError for a secret above `maxSecretBytes`
 */
export function createMask(secrets: readonly string[]): Mask {
  const forms = new Map<string, SecretForm>();
  for (const secret of secrets) {
    if (Buffer.byteLength(secret) > maxSecretBytes) {
      throw new RangeError(`a secret of ${Buffer.byteLength(secret)} bytes is above the limit of ${maxSecretBytes}`);
    }
    for (const form of secretForms(secret)) addForm(forms, form);
  }
  const weak = secrets.flatMap((secret, index) => (secret !== "" && isWeak(secret) ? [index] : []));
  if (forms.size === 0) return { text: (text) => text, stream: passThrough, weak };
  const automaton = buildAutomaton([...forms.values()]);
  return { text: (text) => maskWhole(automaton, text), stream: () => maskStream(automaton), weak };
}

function addForm(forms: Map<string, SecretForm>, form: SecretForm): void {
  const known = forms.get(form.text);
  forms.set(form.text, {
    text: form.text,
    // The more eager rule wins where two secrets share a form.
    mayWrap: form.mayWrap || (known?.mayWrap ?? false),
    wholeWord: form.wholeWord && (known?.wholeWord ?? true),
  });
}

function maskWhole(automaton: Automaton, text: string): string {
  const scanner = new MaskScanner(automaton);
  const parts = [scanner.push(Buffer.from(text)), scanner.end()];
  return scanner.hits === 0 ? text : Buffer.concat(parts).toString();
}

function maskStream(automaton: Automaton): MaskStream {
  const scanner = new MaskScanner(automaton);
  return { push: (chunk) => scanner.push(chunk), end: () => scanner.end() };
}

function passThrough(): MaskStream {
  return { push: (chunk) => chunk, end: () => new Uint8Array(0) };
}
