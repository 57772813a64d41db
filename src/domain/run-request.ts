import type { Address } from "./address.ts";
import type { Json } from "./json.ts";

/**
 * What a screen asks of an executor beside answers and stops. `retry-now` and `retry-items` change the run, the others look.
 */
export type RunRequest =
  /** A step that waits to be tried again is tried at once. */
  | { readonly kind: "retry-now"; readonly at: Address }
  /** Failed items of a fan-out that is going on are put back in line; `keys` are encoded. */
  | { readonly kind: "retry-items"; readonly at: Address; readonly keys: readonly string[] | "failed" }
  /** What the step's own probes say of the world; gives a list of lines. */
  | { readonly kind: "probe"; readonly at: Address }
  /** Where the step's command would be started; gives `StepPlace`. Secrets are not handed out (E8). */
  | { readonly kind: "place"; readonly at: Address }
  /** How this executor was told to carry the run on, for the next one; the engine itself knows nothing of it. */
  | { readonly kind: "order" };

export type RunReply =
  | { readonly kind: "ok"; readonly value: Json }
  /** Why it was not done. */
  | { readonly kind: "failed"; readonly problem: string };

/** Directory and variables of a step, and the names of secrets that its command would get beside them. */
export type StepPlace = {
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  readonly secrets: readonly string[];
};
