import { afterEach, beforeEach, expect, test } from "vitest";
import { has } from "../rig/processes.ts";
import { Bench } from "../rig/runsheet.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const text = `runsheet: 1
name: t
title: t
steps:
  - id: first
    idempotent: true
    run: touch first
  - id: until
    wait: { run: test -f go, every: 50ms, within: 120s }
  - id: last
    effect: read
    run: test -f first
`;

// Only the wall clock jumps, as it does when somebody sets it; the monotonic clock goes on.
const jumped = (offset: string) => [
  "env",
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
  "FAKETIME_DONT_RESET=1",
  "faketime",
  "-f",
  offset,
];

for (const offset of ["-1d", "+1y"]) {
  test.skipIf(!has("faketime", "-f", "-1d", "true"))(
    `a wall clock that jumps by ${offset} between kill and resume ends no wait early and loses no order`,
    async () => {
      const started = bench.start([
        "run",
        bench.file("book.yaml", text),
        "--run-id",
        "k",
        "--headless",
        "--until",
        "first",
      ]);
      expect((await started.result).code).toBe(0);
      const resumed = bench.start(["resume", "k", "--headless"], { wrap: jumped(offset) });
      await expect
        .poll(async () => (await bench.status("k")).steps.map(({ at }) => at), { timeout: 60_000 })
        .toContain("until");
      expect((await bench.status("k")).state).toBe("running");
      bench.file("go", "");
      const ended = await resumed.result;
      expect(ended.code, ended.stderr).toBe(0);
      expect((await bench.run(["state", "verify", "k"])).code).toBe(0);
    },
  );
}
