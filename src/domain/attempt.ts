import type { Failure } from "./failure.ts";

/** Facts that find an attempt's processes again, strongest first; kept in the journal with the release. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Field 22 of `/proc/PID/stat`: with `pid` and `bootId` it names a process for ever. */
  readonly startTicks: string;
  readonly bootId: string;
  readonly pidNamespace: string;
};

/** How the processes of an attempt ended, as far as anybody can know. */
export type AttemptEnd =
  | {
      readonly kind: "exited";
      readonly exitCode: number;
      readonly output: OutputSummary;
      /** Background processes that outlive their command, for people. Hashes of the output are then absent. */
      readonly lingering?: readonly string[];
    }
  /** Killed by a signal that we did not send. Effects may be partial. */
  | {
      readonly kind: "signalled";
      readonly signal: string;
      readonly output: OutputSummary;
      readonly lingering?: readonly string[];
    }
  /** No process is left and no readable exit record. */
  | { readonly kind: "lost"; readonly evidence: readonly string[]; readonly output: OutputSummary }
  /** It never passed the gate: certainly not run. */
  | { readonly kind: "not-started" };

export type OutputSummary = {
  readonly outBytes: number;
  readonly errBytes: number;
  /** sha256 of the whole output, hex. Absent when it was too large to be hashed. */
  readonly outSha256?: string;
  readonly errSha256?: string;
  /** Bytes out of the middle that were not kept because the output was longer than its limit. */
  readonly outDroppedBytes?: number;
  readonly errDroppedBytes?: number;
};

/** Every released attempt ends in exactly one of these (E5). */
export type Outcome =
  | { readonly kind: "ok"; readonly exitCode?: number }
  | { readonly kind: "failed"; readonly failure: Failure; readonly exitCode?: number }
  /** Ended by us on request of the operator or at shutdown; effects may be partial. */
  | { readonly kind: "cancelled"; readonly reason: string }
  | { readonly kind: "in-doubt"; readonly evidence: readonly string[] }
  | { readonly kind: "not-started" };
