import type { Argv } from "yargs";

/** Options of every verb that carries a run on. */
export type RunOptions = {
  readonly answers: string | undefined;
  readonly approve: readonly string[];
  readonly yes: boolean;
  readonly headless: boolean;
  readonly step: boolean;
  readonly until: string | undefined;
  readonly grace: number;
  readonly acceptContext: boolean;
};

export function runOptions<T>(parser: Argv<T>): Argv<T & RunOptions> {
  return parser
    .option("answers", { type: "string", describe: "file with answers by step address (YAML or JSON)" })
    .option("approve", {
      type: "string",
      array: true,
      default: [],
      describe: "approve this step; ID=TEXT for a typed one",
    })
    .option("yes", { type: "boolean", default: false, describe: "approve confirmations, except typed ones" })
    .option("headless", {
      type: "boolean",
      default: false,
      describe: "no terminal needed: the executor is this process",
    })
    .option("step", { type: "boolean", default: false, describe: "ask before each step" })
    .option("until", { type: "string", describe: "pause when this step has ended" })
    .option("grace", { type: "number", default: 10, describe: "seconds between TERM and KILL" })
    .option("accept-context", {
      type: "boolean",
      default: false,
      describe: "context pins may read differently now",
    }) as unknown as Argv<T & RunOptions>;
}
