#!/usr/bin/env node
/** The stand-in for the scheduler unit's `cli`: `migrate_to_disk RANGE`, `migrate_to_local`, `sync_local_drives SECONDS`. */
import { Panic } from "./environment.ts";

const [verb, argument] = process.argv.slice(2);
const known = ["migrate_to_disk", "migrate_to_local", "sync_local_drives"];

try {
  if (verb === "migrate_to_disk") await (await import("./migrate-to-disk.ts")).migrateToDisk(argument);
  else if (verb === "migrate_to_local")
    await (await import("./migrate-to-local.ts")).migrateToLocal(argument === "clear");
  else if (verb === "sync_local_drives") await (await import("./sync-local.ts")).syncLocalDrives(seconds(argument));
  else {
    // As in the real program, a wrong name is no error for the exit code.
    process.stderr.write(verb === undefined ? "Usage: cli <function_name>\n" : `Invalid function name: ${verb}\n`);
    process.stderr.write(`Available functions: ${known.join(", ")}\n`);
  }
} catch (error) {
  if (!(error instanceof Panic)) throw error;
  process.stderr.write(`thread 'main' panicked at src/bin/cli.rs:\n${error.message}\n`);
  // A panic ends the program at once, open connections or not.
  process.exit(101);
}

function seconds(text: string | undefined): number {
  if (text === undefined) return 5;
  if (/^\d+$/.test(text)) return Number(text);
  process.stderr.write(`Invalid interval: ${text}. Using default (5 seconds).\n`);
  return 5;
}
