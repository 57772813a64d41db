import type { Runbook } from "../domain/runbook.ts";
import type { Value, ValueMap } from "../domain/value.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** Text as given with `-p name=text`, or values of a parameter file. */
export type GivenParams = Readonly<Record<string, string | Value>>;

export type ResolveOptions = {
  /** Relative `path` parameters that were given are relative to this directory. Default: the working directory. */
  readonly cwd?: string;
  /** For defaults that read `env`. */
  readonly env?: { readonly [name: string]: string | undefined };
};

export type ResolvedParams =
  | { readonly kind: "ok"; readonly params: ValueMap }
  /** `missing` names the parameters that could be asked for (those with `prompt`). */
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[]; readonly missing: readonly string[] };

/** The values of all parameters of a runbook, or every problem with them at once. */
export function resolveParams(_runbook: Runbook, _given: GivenParams, _options: ResolveOptions = {}): ResolvedParams {
  throw new Error("parameters are being written");
}
