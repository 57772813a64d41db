// Writes docs/evidence.md: what was tried to break a run, how often, with which seeds, and what that found. Without an argument
// it runs the tests first (some minutes); with arguments it reads what `vitest run --reporter=json --outputFile=FILE` left, of
// several files the last word on each test file.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { code, table } from "./docs/markdown.ts";

const root = path.resolve(import.meta.dirname, "..");

type FaultClass = {
  readonly name: string;
  /** What a failure of these tests would mean for an operator. */
  readonly promise: string;
  readonly tests: readonly { readonly file: string; readonly title?: RegExp }[];
  /** Mistakes of ours that these tests brought up, as the changes that mended them are called. */
  readonly found: readonly string[];
};

const CLASSES: readonly FaultClass[] = [
  {
    name: "any interleaving, simulated",
    promise: "no step is lost or run twice, whatever ends in which order and wherever it crashes",
    tests: [{ file: "test/engine/simulation.test.ts" }],
    found: [
      "a failed item that is tried again in the same session does again what failed inside it",
      "a passed-over failure fails its item",
      "a failed item that a fan-out inside an item passed over can be tried again",
      "an item that is tried again tries again what failed inside of it at any depth",
    ],
  },
  {
    name: "kill -9 of the executor",
    promise: "nothing is lost, repeated or in doubt; commands are found again with their real exit code",
    tests: [
      { file: "test/crash/kill-executor.test.ts" },
      { file: "test/crash/interruptions.test.ts", title: /outlives its executor|while nobody watched|again and again/ },
      { file: "test/process/crash.test.ts", title: /executor killed/ },
    ],
    found: ["what cannot be looked at counts as alive", "any number of attempts open few descriptors at once"],
  },
  {
    name: "kill -9 of everything",
    promise: "an attempt ends known or in doubt, never as a false success, and is never run twice",
    tests: [
      { file: "test/crash/interruptions.test.ts", title: /executor, wrapper and command/ },
      { file: "test/process/crash.test.ts", title: /whatever is killed/ },
    ],
    found: ["an output that lost its redactor puts the attempt in doubt"],
  },
  {
    name: "kill at a named instant",
    promise: "between any two writes of the protocol a run can be resumed without a question",
    tests: [
      { file: "test/crash/fault-points.test.ts", title: /^killed at/ },
      { file: "test/process/adopt.test.ts" },
      { file: "test/journal/create-run.test.ts" },
      { file: "test/journal/migrate.test.ts" },
    ],
    found: [],
  },
  {
    name: "kill at a system call",
    promise: "what was acknowledged is there, and nothing began without a durable release",
    tests: [
      { file: "test/crash/interruptions.test.ts", title: /kind of write/ },
      { file: "test/journal/crash.test.ts" },
    ],
    found: ["a loss without attempts is still a loss"],
  },
  {
    name: "power loss",
    promise: "with any part of what was not synced gone or torn, the run opens and holds every announced event",
    tests: [{ file: "test/journal/power-loss.test.ts" }],
    found: [],
  },
  {
    name: "damaged files",
    promise: "a flipped bit or a shortened log is harmless or refused with exit code 76, never another story",
    tests: [{ file: "test/journal/damage.test.ts" }],
    found: [],
  },
  {
    name: "full disk, failing fsync",
    promise: "nothing is begun after a failed write; a full disk pauses the run",
    tests: [{ file: "test/crash/fault-points.test.ts", title: /cannot be written|full disk|fsync/ }],
    found: [],
  },
  {
    name: "two owners",
    promise: "exactly one process carries a run on, also while the other is stopped",
    tests: [{ file: "test/crash/interruptions.test.ts", title: /concurrent|stopped owner/ }],
    found: ["a run stays owned even when its owner has lost every reference to it"],
  },
  {
    name: "signals, lost terminals",
    promise: "TERM, INT and HUP end in order; a reader that goes away stops nothing",
    tests: [{ file: "test/crash/interruptions.test.ts", title: /^SIG|reader/ }],
    found: ["a dropped terminal ends the executor at once", "a stop reaches the commands of an inner run"],
  },
  {
    name: "clock jumps",
    promise: "a wall clock that jumps between kill and resume changes nothing",
    tests: [{ file: "test/crash/clock.test.ts" }],
    found: [],
  },
  {
    name: "secrets",
    promise: "no argument, journal, log, screen or report holds one, in no encoding",
    tests: [{ file: "test/crash/secrets.test.ts" }, { file: "test/process/secrets.test.ts" }],
    found: ["typed secrets are asked hidden and kept nowhere"],
  },
  {
    name: "malformed runbooks, shell syntax",
    promise: "any text gives diagnostics within limits; a value never becomes syntax",
    tests: [
      { file: "test/runbook/fuzz.test.ts" },
      { file: "test/runbook/malformed.test.ts" },
      { file: "test/runbook/shell/" },
    ],
    found: [],
  },
  {
    name: "steps against real commands",
    promise: "every kind of step does what it says, fails as it says and is resumed as it says",
    tests: [{ file: "test/engine/steps.test.ts" }],
    found: [
      "a group that fails by itself asks like a step",
      "undo compensates also after the operator stopped a failed run",
      "a guard is asked anew when the run goes on, and when a failed item is tried again",
      "a command that is killed each time is tried as often as retry says, and not without end",
      "an unasked doubt does not hide a failure",
    ],
  },
];

type Case = {
  readonly fullName: string;
  readonly title: string;
  readonly status: string;
  readonly meta?: { readonly trials?: number };
};
type Results = {
  readonly startTime: number;
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly Case[] }[];
};

/** The page for these results. Throws when a test failed: a page never claims what was not seen. */
export function evidencePage(results: Results): string {
  const files = results.testResults.map(({ name, assertionResults }) => ({
    file: name.replace(/^.*\/(?=test\/)/, ""),
    assertionResults,
  }));
  const failed = files.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === "failed"));
  if (failed.length > 0) throw new Error(`these tests failed: ${failed.map(({ fullName }) => fullName).join("; ")}`);
  const rows = CLASSES.map((fault) => {
    const cases = fault.tests.flatMap((wanted) =>
      files
        .filter(({ file }) => file.startsWith(wanted.file))
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ title, status }) => status === "passed" && (wanted.title?.test(title) ?? true)),
    );
    if (cases.length === 0) throw new Error(`no test of "${fault.name}" passed: is a tool missing here?`);
    const trials = cases.reduce((sum, { meta }) => sum + (meta?.trials ?? 1), 0);
    const seeds = new Set(cases.flatMap(({ fullName }) => /seed (\d+)/.exec(fullName)?.[1] ?? []));
    const links = [...new Set(fault.tests.map(({ file }) => file))].map((file) => `[${nameOf(file)}](../${file})`);
    return [
      `**${fault.name}**: ${fault.promise}`,
      trials.toLocaleString("en"),
      [...seeds].map(code).join(", ") || "chosen",
      fault.found.join("; ") || "none",
      links.join(", "),
    ];
  });
  const day = new Date(results.startTime).toISOString().slice(0, 10);
  const where = `${day}, Node.js ${process.version}, Linux ${os.release().split("-")[0]}, ${os.cpus().length} processors`;
  return `# Evidence

<!-- Made by \`npm run evidence\` from the results of the tests. -->

What was tried to break a run, each kind of trouble with the number of trials, the seeds of what is random, and the mistakes of
ours that it brought up. All of it passed: ${where}.

${table(["trouble, and what is promised", "trials", "seeds", "found and mended", "tests"], rows)}

Oracles: every step of a test runbook writes a line into a ledger of its own, so that a lost or repeated step is seen even if the
program says otherwise; everything that was announced must be in the journal; power loss is a model of a disk that is fed with the
system calls of a real run and then loses what was not synced, or parts of it.

\`npm test\` runs a short form of all of this each time, with new seeds; \`RUNSHEET_SEED=N\` repeats one, \`RUNSHEET_LONG=1\` tries ten
to a hundred times as often. *Found and mended* is kept by hand in \`scripts/evidence.ts\`, with the words of the change; *none* means
that nothing is on record, not that there was never a mistake.
`;
}

function nameOf(file: string): string {
  return file
    .replace(/^test\//, "")
    .replace(/\.test\.ts$/, "")
    .replace(/\/$/, "");
}

function runTests(): string {
  const output = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "evidence-")), "results.json");
  const files = [...new Set(CLASSES.flatMap(({ tests }) => tests.map(({ file }) => file)))];
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", ...files, "--reporter=dot", "--reporter=json", `--outputFile=${output}`];
  spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  return output;
}

if (import.meta.main) {
  const given = process.argv.slice(2);
  const read = (given.length > 0 ? given : [runTests()]).map(
    (file) => JSON.parse(fs.readFileSync(file, "utf8")) as Results,
  );
  const last = new Map(read.flatMap(({ testResults }) => testResults).map((result) => [result.name, result]));
  const startTime = Math.min(...read.map((results) => results.startTime));
  const page = evidencePage({ startTime, testResults: [...last.values()] });
  fs.writeFileSync(path.join(root, "docs/evidence.md"), page);
  console.log("wrote docs/evidence.md");
}
