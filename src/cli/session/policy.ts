import type { FrontEnd } from "../../domain/ports.ts";
import type { Actor } from "../../domain/prompt.ts";
import { createPolicy, type GivenAnswers } from "../../headless/index.ts";
import { readParamValue } from "../../runbook/index.ts";

/** Answers given on the command line, in a form that crosses to an executor of its own. */
export type GivenPolicy = {
  readonly answers: GivenAnswers;
  readonly approve: readonly string[];
  readonly yes: boolean;
};

export function policyFor(given: GivenPolicy, actor: Actor): FrontEnd {
  return createPolicy({
    ...given,
    actor,
    readValue: (spec, value) => {
      const read = readParamValue(spec, value, process.cwd());
      return read.kind === "ok" ? read.value : undefined;
    },
  });
}
