import type { DatasetName } from "./datasets.ts";
import type { EraProblem } from "./era-format-error.ts";
import type { EraTask, TaskResult } from "./era-task.ts";

export type ToWorker =
  | { readonly kind: "task"; readonly task: EraTask }
  /** A chunk has been dealt with: another may be sent, in the same memory. */
  | { readonly kind: "taken"; readonly memory: SharedArrayBuffer }
  | { readonly kind: "end" };

export type FromWorker =
  | { readonly kind: "ready" }
  | {
      readonly kind: "chunk";
      readonly dataset: DatasetName;
      readonly rows: number;
      readonly chunk: number;
      /** The Native block is the first so many bytes of `memory`. */
      readonly bytes: number;
      readonly memory: SharedArrayBuffer;
    }
  | { readonly kind: "progress"; readonly blocks: number; readonly bytes: number }
  | { readonly kind: "done"; readonly result: TaskResult }
  /** A bad file, as data, because a class does not survive the way between threads. */
  | { readonly kind: "bad-file"; readonly problem: EraProblem }
  | { readonly kind: "failed"; readonly error: unknown };
