/** One way in which a secret may stand in a text. */
export type SecretForm = {
  readonly text: string;
  /** Line breaks inside do not hide it: encoders break their lines. */
  readonly mayWrap: boolean;
  /** Counts only between characters that are no letters or digits. */
  readonly wholeWord: boolean;
};

/** Shorter values are hidden only as words of their own. */
const fewestCharacters = 4;
/** Shorter forms are not looked for across line breaks. */
const shortestWrapped = 16;

export function isWeak(secret: string): boolean {
  return [...secret.trim()].length < fewestCharacters;
}

/** All forms in which `secret` is recognised. White space around it is no part of the secret. */
export function* secretForms(secret: string): Generator<SecretForm> {
  const value = secret.trim();
  if (value === "") return;
  if (isWeak(value)) {
    if (!/[\r\n]/.test(value)) yield { text: value, mayWrap: false, wholeWord: true };
    return;
  }
  for (const line of value.split(/\r\n|\r|\n/)) {
    const text = line.trim();
    if ([...text].length < fewestCharacters) continue;
    yield contiguous(text);
    for (const quoted of quotedForms(text)) yield contiguous(quoted);
  }
  yield wrapping(value.replace(/[\r\n]/g, ""));
  for (const quoted of quotedForms(value)) if (!/[\r\n]/.test(quoted)) yield contiguous(quoted);
  for (const encoded of encodedForms(value)) yield wrapping(encoded);
}

function contiguous(text: string): SecretForm {
  return { text, mayWrap: false, wholeWord: false };
}

/** Encoders break lines, but the numbers of a list must not become a short secret. */
function wrapping(text: string): SecretForm {
  return { text, mayWrap: text.length >= shortestWrapped, wholeWord: false };
}

/** Escapes that keep the text readable. */
function quotedForms(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1);
  // Encoders differ in what they escape beyond the specification: Python all but ASCII, Go `<>&`, PHP the slash.
  const ascii = json.replace(/[^\u0020-\u007e]/g, unicodeEscape);
  const html = ascii.replace(/[<>&]/g, unicodeEscape);
  const percent = encodeLoosely(value);
  return new Set([
    ...[json, ascii, html, json.replace(/[<>&]/g, unicodeEscape)].flatMap((form) => [
      form,
      form.replaceAll("/", "\\/"),
      form.replace(/\\u[0-9a-f]{4}/g, (unit) => `\\u${unit.slice(2).toUpperCase()}`),
      JSON.stringify(form).slice(1, -1),
    ]),
    ...percent.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())]),
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replace(/[^A-Za-z0-9_./:=@%+,\-\u0080-\uffff]/g, "\\$&"),
    ...htmlForms(value),
  ]);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Libraries disagree on which characters stay as they are, and on `+` for a space. */
function encodeLoosely(value: string): string[] {
  const wellFormed = value.toWellFormed();
  const component = encodeURIComponent(wellFormed);
  const strict = component.replace(/[!'()*]/g, percentEscape);
  const strictest = strict.replace(/[-._~]/g, percentEscape);
  return [encodeURI(wellFormed), component, strict, strictest, strict.replaceAll("%20", "+")];
}

function percentEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function htmlForms(value: string): string[] {
  const base = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return ["&quot;", "&#34;"].flatMap((quote) =>
    ["'", "&#39;", "&#x27;", "&apos;"].map((tick) => base.replaceAll('"', quote).replaceAll("'", tick)),
  );
}

/** Encodings of the bytes. */
function encodedForms(value: string): Set<string> {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const forms = new Set([hex, hex.toUpperCase()]);
  for (const encoding of ["base64", "base64url"] as const) {
    const whole = bytes.toString(encoding);
    for (const text of [whole, ...[0, 1, 2].map((offset) => alignedBase64(bytes, offset, encoding))]) {
      forms.add(text);
      forms.add(encodeURIComponent(text));
    }
  }
  return forms;
}

/**
 * The characters that the bytes alone decide when `offset` (mod 3) other bytes stand before them and anything may follow.
 */
function alignedBase64(bytes: Buffer, offset: number, encoding: "base64" | "base64url"): string {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  const first = Math.ceil((offset * 8) / 6);
  const afterLast = Math.floor((padded.length * 8) / 6);
  return padded.toString(encoding).slice(first, afterLast);
}
