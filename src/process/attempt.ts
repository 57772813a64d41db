import type { ProcessIdentity } from "../domain/attempt.ts";
import type { AttemptPaths } from "./attempt-dir.ts";

/** One attempt as this folder knows it. The identity is missing only for attempts of a damaged record. */
export type Attempt = {
  readonly attemptId: string;
  readonly paths: AttemptPaths;
  readonly identity: ProcessIdentity | undefined;
};
