import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyAction } from "../../../src/actions/s3/copy-action.ts";
import type { ActionContext } from "../../../src/domain/action.ts";
import type { Json } from "../../../src/domain/json.ts";

/**
 * Runs one s3.copy as the engine would, with its checkpoint in a file, to be killed at any instant.
 * Arguments: directory for checkpoint and report, attempt id, parameters as JSON. Prints the result as JSON.
 */
const [dir, attemptId, paramsJson] = process.argv.slice(2) as [string, string, string];
const file = join(dir, "checkpoint.json");

const context: ActionContext = {
  signal: new AbortController().signal,
  attemptId,
  stepKey: "copy",
  cwd: dir,
  scratchDir: dir,
  env: {},
  progress: () => {},
  log: (line) => process.stderr.write(`${line}\n`),
  checkpoint: async (value) => {
    writeFileSync(`${file}.new`, JSON.stringify(value));
    renameSync(`${file}.new`, file);
  },
  lastCheckpoint: readCheckpoint(),
  secret: () => "",
};

const result = await copyAction.run(copyAction.params.parse(JSON.parse(paramsJson)), context);
process.stdout.write(`${JSON.stringify(result)}\n`);

function readCheckpoint(): Json | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Json;
  } catch {
    return undefined;
  }
}
