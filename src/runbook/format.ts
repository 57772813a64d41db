import type { Diagnostic } from "./diagnostic.ts";

/**
 * For people: each problem with `file:line:column`, the line with a caret, and what to write. Plain text without colour;
 * control characters of the file are made visible. `relativeTo` shortens file names.
 */
export function formatDiagnostics(_diagnostics: readonly Diagnostic[], _options: { relativeTo?: string } = {}): string {
  throw new Error("diagnostics are being written");
}
