import { scanCommands } from "./commands.ts";
import { Cursor, type Heredoc, HOLE, type HoleContext, type ShellProblem } from "./cursor.ts";

export type ShellScan = {
  readonly holes: readonly HoleContext[];
  readonly heredocs: readonly Heredoc[];
  readonly problems: readonly ShellProblem[];
};

/** Follows the quoting of a shell text whose holes are marked with `HOLE`. Never fails; what is unsafe is a problem. */
export function scanShell(text: string): ShellScan {
  const cursor = new Cursor(text);
  scanCommands(cursor);
  const { holes, heredocs, problems } = cursor;
  // Behind what is never closed nothing is scanned; there is a problem then, and the contexts are not used.
  const unseen = text.split(HOLE).length - 1 - holes.length;
  for (let i = 0; i < unseen; i++) holes.push({ kind: "word", alone: false, command: false, afterVariable: false });
  return { holes, heredocs, problems };
}
