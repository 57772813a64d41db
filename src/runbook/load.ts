import type { Action } from "../domain/action.ts";
import type { Runbook } from "../domain/runbook.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** The action of that kind, built in or from a plugin. */
export type ActionLookup = (kind: string) => Action | undefined;

export type LoadOptions = {
  readonly actionOf: ActionLookup;
  /** All known kinds, for suggestions. */
  readonly actionKinds?: readonly string[];
  /** A missing reason for a step's behaviour under interruption is a warning instead of an error. */
  readonly lenient?: boolean;
  /** The content of `file` when it shall not be read from disk (resume uses the stored copy). */
  readonly bytes?: Uint8Array;
  /** The stored content of a called runbook, by absolute path; `undefined` reads it from disk. */
  readonly included?: (path: string) => Uint8Array | undefined;
  /**
   * Loads the modules named under `plugins` (absolute paths) and gives their actions, or a sentence that says why a
   * module cannot be loaded. Without it a `uses` that `actionOf` does not know is only a warning where plugins are named.
   */
  readonly loadPlugins?: (
    modules: readonly string[],
  ) => Promise<{ readonly actions: readonly Action[]; readonly problems: readonly { module: string; why: string }[] }>;
};

/** A runbook that is called by the loaded one, directly or by another. */
export type IncludedFile = { readonly file: string; readonly bytes: Uint8Array; readonly sha256: string };

export type LoadResult =
  | {
      readonly kind: "ok";
      readonly runbook: Runbook;
      readonly warnings: readonly Diagnostic[];
      readonly bytes: Uint8Array;
      /** Of the file and everything it calls: hex; equal content gives an equal value wherever the files are. */
      readonly sha256: string;
      readonly calls: readonly IncludedFile[];
    }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/** Reads, checks and resolves a runbook. Never throws for what a file holds; a file that cannot be read is a diagnostic. */
export async function loadRunbook(_file: string, _options: LoadOptions): Promise<LoadResult> {
  throw new Error("loading is being written");
}
