import { fold } from "../../domain/reduce.ts";
import type { RunState } from "../../domain/state.ts";
import { isOwned, readJournal } from "../../journal/index.ts";

/** The state of a run, from its journal, whoever owns it; and whether a living process does. */
export function readState(runDir: string): { readonly state: RunState; readonly alive: boolean } {
  const reader = readJournal(runDir);
  try {
    return { state: fold(reader.read()), alive: isOwned(runDir) };
  } finally {
    reader.close();
  }
}
