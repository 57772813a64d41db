import type { Argv } from "yargs";

/** Options that every verb has. */
export type GlobalOptions = {
  readonly stateDir: string | undefined;
  readonly json: boolean;
  readonly events: boolean;
  readonly plain: boolean;
  readonly color: boolean;
  readonly quiet: boolean;
};

export function globalOptions<T>(parser: Argv<T>): Argv<T & GlobalOptions> {
  return parser
    .option("state-dir", { type: "string", describe: "where runs are kept (default: $XDG_STATE_HOME/runsheet)" })
    .option("json", { type: "boolean", default: false, describe: "one result object on stdout" })
    .option("events", { type: "boolean", default: false, describe: "every event as a JSON line on stdout" })
    .option("plain", {
      type: "boolean",
      default: false,
      describe: "lines instead of the screen; also ACCESSIBLE=1 and RUNSHEET_PLAIN=1",
    })
    .option("color", { type: "boolean", default: true, describe: "--no-color: none; also NO_COLOR and TERM=dumb" })
    .option("quiet", { type: "boolean", default: false, describe: "no progress on stderr" })
    .group(
      ["state-dir", "json", "events", "plain", "color", "quiet", "help", "version"],
      "Everywhere:",
    ) as unknown as Argv<T & GlobalOptions>;
}
