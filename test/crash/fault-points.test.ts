import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { has } from "../rig/processes.ts";
import { Bench } from "../rig/runsheet.ts";
import { checkLedger } from "./ledger.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const text = `runsheet: 1
name: t
title: t
env: [LEDGER]
steps:
  - id: sure
    confirm: { message: Sure? }
  - id: a
    onInterrupt: ask
    run: 'echo "a $RUNSHEET_ATTEMPT" >> "$LEDGER"; echo said'
    outputs: { said: "\${{ stdout }}" }
  - id: b
    onInterrupt: ask
    run: 'echo "b $RUNSHEET_ATTEMPT" >> "$LEDGER"'
  - id: c
    assert: \${{ steps.a.outputs.said == 'said' }}
`;

const runDir = () => join(bench.state, "runsheet", "runs", "k");

function go(env: NodeJS.ProcessEnv = {}, wrap: readonly string[] = []) {
  const args = existsSync(runDir()) ? ["resume", "k"] : ["run", join(bench.dir, "book.yaml"), "--run-id", "k"];
  return bench.run([...args, "--headless", "--approve", "sure"], { env, wrap });
}

async function resumeToTheEnd(): Promise<void> {
  for (let tries = 0; ; tries++) {
    expect(tries).toBeLessThan(4);
    const result = await go();
    if (result.code === 0 || result.stderr.includes("has ended")) break;
  }
  checkLedger(runDir(), bench.ledgerLines());
  expect(bench.ledgerLines().map((line) => line.split(" ")[0])).toEqual(["a", "b"]);
}

// The instants of one attempt, in their order, and those of the questions and of the end around it.
const instants = [
  "journal.create-run.before",
  "journal.create-run.after",
  "journal.owner-acquired.before",
  "journal.prompt-opened.after",
  "journal.prompt-answered.before",
  "journal.prompt-answered.after",
  "process.before-dir",
  "process.before-spawn",
  "process.gated",
  "journal.attempt-released.before",
  "journal.attempt-released.after",
  "process.before-go",
  "process.after-go",
  "process.exit-seen",
  "journal.attempt-ended.before",
  "journal.attempt-ended.after",
  "journal.step-ended.before",
  "journal.step-ended.after",
  "journal.run-ended.before",
  "journal.run-ended.after",
];

for (const instant of instants) {
  test(`killed at ${instant}, the run is resumed without a question, a loss or a repetition`, async () => {
    bench.file("book.yaml", text);
    const killed = await go({ RUNSHEET_FAULT: `${instant}=kill` });
    expect(killed.signal, killed.stderr).toBe("SIGKILL");
    await resumeToTheEnd();
  });
}

test("a journal that cannot be written ends the executor with code 74 before anything else is run", async () => {
  bench.file("book.yaml", text);
  const failed = await go({ RUNSHEET_FAULT: "journal.attempt-released.before=eio" });
  expect(failed.code, failed.stderr).toBe(74);
  expect(failed.stderr).toContain("next:");
  expect(bench.ledgerLines()).toEqual([]);
  await resumeToTheEnd();
});

test("a full disk pauses the run with code 74, and it goes on when there is room", async () => {
  bench.file("book.yaml", text);
  const full = await go({ RUNSHEET_FAULT: "journal.attempt-released.before=full" });
  expect(full.code, full.stderr).toBe(74);
  expect(bench.ledgerLines()).toEqual([]);
  await resumeToTheEnd();
});

test.skipIf(!has("strace", "-V"))("an fsync that fails is never tried again on the same record", async () => {
  bench.file("book.yaml", text);
  // Which of the two calls SQLite makes depends on how it was built.
  const calls = "fsync,fdatasync";
  const codes: (number | null)[] = [];
  for (let when = 12; codes.at(-1) !== 0; when += 9) {
    bench.remove();
    bench = new Bench();
    bench.file("book.yaml", text);
    const inject = ["-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO:when=${when}+`];
    const failed = await go({}, ["strace", "-o", "/dev/null", ...inject]);
    codes.push(failed.code);
    expect([0, 73, 74], failed.stderr).toContain(failed.code);
    await resumeToTheEnd();
  }
  expect(codes).toContain(74);
});
