import type { Diagnostic } from "../diagnostic.ts";
import { type Problem, reportFor } from "./report.ts";
import { type Source, sourceOf } from "./source.ts";

/** A longer runbook is no runbook: lists of items belong into files of their own. */
export const MAX_BYTES = 256 * 1024;

/** The text of a file, or what is wrong with its bytes. Checked before any parser sees them (parsers repair silently). */
export function decode(file: string, bytes: Uint8Array): { source: Source } | { diagnostics: Diagnostic[] } {
  if (bytes.length > MAX_BYTES) {
    return refused(sourceOf(file, ""), 0, {
      code: "file-too-large",
      message: `the file has ${bytes.length} bytes; a runbook may have ${MAX_BYTES}`,
      mend: "move long lists into a file and read it with: forEach: { items: { file: ./list.txt } }",
    });
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refused(sourceOf(file, ""), 0, {
      code: "not-utf8",
      message: "the file is UTF-16",
      mend: "save it as UTF-8",
    });
  }
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const body = bom ? bytes.subarray(3) : bytes;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const source = sourceOf(file, text);
  const invalid = firstInvalid(body, text);
  if (invalid !== undefined) {
    const byte = body[invalid.byte]?.toString(16).padStart(2, "0") ?? "??";
    const message = `byte 0x${byte} at byte ${invalid.byte + (bom ? 4 : 1)} is not valid UTF-8`;
    return refused(source, invalid.offset, { code: "not-utf8", message, mend: "save the file as UTF-8" });
  }
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]/.exec(text);
  if (control) {
    const code = control[0] === "\0" ? "nul-character" : "control-character";
    const name = `U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    const message = `the file holds ${control[0] === "\0" ? "a NUL character" : `the control character ${name}`}`;
    return refused(source, control.index, {
      code,
      message,
      mend: 'remove it; in a "double-quoted" text write \\u001b',
    });
  }
  return { source };
}

/** Where the decoder had to put a replacement character that the bytes do not hold. */
function firstInvalid(bytes: Uint8Array, text: string): { byte: number; offset: number } | undefined {
  let byte = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.codePointAt(offset) as number;
    if (code === 0xfffd && !(bytes[byte] === 0xef && bytes[byte + 1] === 0xbf && bytes[byte + 2] === 0xbd)) {
      return { byte, offset };
    }
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (code > 0xffff) offset++;
  }
  return undefined;
}

function refused(source: Source, offset: number, problem: Problem): { diagnostics: Diagnostic[] } {
  const report = reportFor(source);
  report.add({ start: offset, end: offset + 1 }, problem);
  return { diagnostics: report.diagnostics };
}
