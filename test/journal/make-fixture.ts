/*
 * Makes a run as this version writes it, to be kept for later versions: after a release that changes the format,
 *
 *     node test/journal/make-fixture.ts test/journal/fixtures/format-<n>
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../src/domain/event.ts";
import type { Prompt } from "../../src/domain/prompt.ts";
import { createRun, openJournal, openStateDir, runPaths } from "../../src/journal/index.ts";
import { actor, created, done, end, owner, release } from "./events.ts";

const [place = "fixture"] = process.argv.slice(2);
const runId = "r-20260317-142530-7k3q";
const stateDir = openStateDir(`${place}.tmp`);
const dir = createRun(stateDir, runId, {
  runbookBytes: Buffer.from("runsheet: 1\nname: bp-switch\n"),
  created: created(runId),
  bootId: "boot-1",
});
const journal = await openJournal(dir, owner);
const prompt: Prompt = {
  id: "b#1",
  at: "b",
  purpose: "confirm",
  severity: "severe",
  title: "Restart?",
  text: "**now**",
  evidence: [],
  expects: { kind: "approval", typed: "b" },
  hash: "h1",
};
const events: readonly Event[] = [
  { type: "context-taken", pins: { cluster: "production" } },
  { type: "step-started", at: "a" },
  release("a"),
  end("a", 1, { kind: "failed", failure: { code: "exit-code", message: "ended with 1" }, exitCode: 1 }),
  { type: "retry-scheduled", at: "a", n: 1, delayMs: 1000 },
  release("a", 2),
  end("a", 2),
  done("a"),
  { type: "step-started", at: "b" },
  { type: "prompt-opened", prompt },
  { type: "prompt-answered", promptId: "b#1", at: "b", hash: "h1", answer: { kind: "approve", typed: "b" }, actor },
  { type: "step-started", at: "fan" },
  {
    type: "items-frozen",
    at: "fan",
    from: 0,
    items: [{ key: "ключ/1", value: { n: 1 } }],
    complete: true,
    concurrency: 4,
    maxFailures: 0,
    pilot: 0,
  },
  { type: "step-ended", at: "fan/%D0%BA", result: { kind: "skipped", why: "when" } },
  { type: "checkpoint-saved", at: "b", value: { next: "era-12" } },
  { type: "run-paused", reason: { kind: "signal", signal: "SIGTERM" }, exitCode: 143 },
];
await journal.append(events);
journal.close();
for (const [name, rc] of [
  ["a.1", 1],
  ["a.2", 0],
] as const) {
  const attempt = join(runPaths(dir).attempts, name);
  mkdirSync(attempt, { mode: 0o700 });
  const id = name.replace(".", "-");
  writeFileSync(join(attempt, "exit"), `go attempt=${id}\nrc=${rc} attempt=${id}\n`, { mode: 0o600 });
}
mkdirSync(place, { recursive: true });
renameSync(dir, join(place, runId));
rmSync(stateDir.path, { recursive: true });
