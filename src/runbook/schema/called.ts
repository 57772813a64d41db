import type { Runbook } from "../../domain/runbook.ts";
import type { Names } from "../expression/names.ts";

/** A runbook as its callers see it: `inside` is what expressions at its end can look at, for the outputs of a `call`. */
export type CalledRunbook = { readonly runbook: Runbook; readonly inside: Names; readonly steps: number };
