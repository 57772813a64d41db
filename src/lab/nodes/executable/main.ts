#!/usr/bin/env node
/** The stand-in for the `nodeos` executable: `nodeos --snapshot F --data-dir D --terminate-at-block N ...`. */
import { writeSync } from "node:fs";
import { readOptions } from "./options.ts";
import { runNodeos } from "./run.ts";
import { practiceSettings } from "./settings.ts";

const version = "v5.0.0";
const outcome = readOptions(process.argv.slice(2), version);
if (outcome.kind === "print") {
  console.log(outcome.text);
} else if (outcome.kind === "refuse") {
  process.stderr.write(`${outcome.text}\n`);
  process.exitCode = 255;
} else {
  const settings = practiceSettings(process.env);
  const stop = new AbortController();
  let unheard = settings.faults.ignoresTerm ?? 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => (unheard-- > 0 ? undefined : stop.abort()));
  // nodeos logs to stderr; synchronously, so that a kill loses no line.
  const write = (line: string) => void writeSync(2, `${line}\n`);
  process.exitCode = await runNodeos({ options: outcome.options, settings, version, write, signal: stop.signal });
}
