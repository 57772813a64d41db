import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";

const rig = terminalRig();

const book = `runsheet: 1
name: parity
title: Parity
steps:
  - { id: look, effect: read, run: echo looked }
  - id: count
    input: { question: How many?, type: integer, min: 1 }
  - id: notice
    effect: read
    confirm: Really?
    run: echo \${{ steps.count.outputs.value }} noticed
  - id: drop
    effect: mutate
    onInterrupt: rerun
    confirm: { message: It will be gone, type: web-2 }
    run: echo dropped >> $LEDGER
  - { id: fails, effect: read, run: exit 3 }
  - id: byhand
    manual: Turn the key
  - id: each
    effect: read
    forEach: { items: "\${{ ['a', 'b'] }}", key: "\${{ item }}" }
    run: echo \${{ item }}
`;

const answers = `count: { value: 3 }
notice: approve
drop: { approve: web-2 }
fails: { choose: skip, reason: known to fail }
byhand: { answer: done, note: turned }
`;

/** What happened, without what differs between any two runs: ids, times, processes, and by whom. */
function journalOf(run: string): readonly unknown[] {
  return rig.bench.events(run).map((event) => JSON.parse(JSON.stringify(event, withoutChance)));
}

const CHANCE = ["wallMs", "actor", "identity", "attemptId", "runId", "version"];

function withoutChance(key: string, value: unknown): unknown {
  return CHANCE.includes(key) ? undefined : value;
}

test("a run driven from the screen, from plain lines and headless with an answers file leaves the same journal", async () => {
  const file = rig.bench.file("parity.yaml", book);
  const given = rig.bench.file("answers.yaml", answers);
  expect((await rig.bench.run(["run", file, "--run-id", "batch", "--headless", "--answers", given])).code).toBe(0);

  const plain = rig.open(["run", file, "--run-id", "plain", "--plain"]);
  const asked: readonly (readonly [question: string, answer: string])[] = [
    ["Value: ", "3\r"],
    ["Do it? yes or no [no]: ", "yes\r"],
    ["Type web-2 to do it, or no: ", "web-2\r"],
    ["1 to ", "2\r"],
    ["Reason: ", "known to fail\r"],
    ["done or failed? ", "done\r"],
    ["Note (may be empty): ", "turned\r"],
  ];
  for (const [question, answer] of asked) {
    await plain.sees(question);
    plain.type(answer);
  }
  expect(await plain.exited).toBe(0);

  const screen = rig.open(["run", file, "--run-id", "screen"]);
  await screen.sees("How many?");
  await screen.typeUntil("\u00153", "> 3_");
  screen.type("\r");
  await screen.sees("Really?");
  await screen.typeUntil("2", /▶ 2 .*Yes, do it/);
  screen.type("\r");
  await screen.sees("Type web-2 to do it");
  await screen.typeUntil("\u0015web-2", "matches");
  screen.type("\r");
  await screen.sees("FAILED - fails");
  await screen.typeUntil("2", /▶ 2 .*skip it/);
  screen.type("\rknown to fail");
  await screen.sees("> known to fail_");
  screen.type("\r");
  await screen.sees("Turn the key");
  await screen.typeUntil("1", /▶ 1 .*done/);
  screen.type("\rturned");
  await screen.sees("> turned_");
  screen.type("\r");
  expect(await screen.exited).toBe(0);

  expect(rig.bench.ledgerLines()).toEqual(["dropped", "dropped", "dropped"]);
  const batch = journalOf("batch");
  expect(batch.length).toBeGreaterThan(40);
  expect(journalOf("plain")).toEqual(batch);
  expect(journalOf("screen")).toEqual(batch);
});
