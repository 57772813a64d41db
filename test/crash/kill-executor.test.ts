import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { randomOf } from "../engine/sim-world.ts";
import { Bench } from "../rig/runsheet.ts";
import { trials } from "../rig/trials.ts";
import { checkLedger } from "./ledger.ts";
import { twelveSteps } from "./runbooks.ts";

const KILLS = process.env.RUNSHEET_LONG ? 200 : 12;
const SEED = Number(process.env.RUNSHEET_SEED ?? Math.floor(Math.random() * 1e9));

test(`kill -9 of the executor at random instants loses nothing and repeats nothing (seed ${SEED})`, {
  timeout: 900_000,
}, async () => {
  const random = randomOf(SEED);
  let kills = 0;
  while (kills < KILLS) {
    using bench = new Bench();
    const book = bench.file("twelve.yaml", twelveSteps);
    const runDir = join(bench.state, "runsheet", "runs", "k");
    // On a busy machine an executor may need longer to begin than the first kills leave it.
    for (let patienceMs = 700; ; patienceMs *= 1.1) {
      const exists = existsSync(runDir);
      const started = bench.start(
        exists ? ["resume", "k", "--headless"] : ["run", book, "--run-id", "k", "--headless"],
      );
      const winner = await Promise.race([started.result, setTimeout(150 + random() * patienceMs, "kill" as const)]);
      if (winner !== "kill") {
        // The last kill may have come after the end was recorded.
        if (winner.stderr.includes("has ended")) break;
        expect(winner.code, `${winner.stdout}${winner.stderr}`).toBe(0);
        break;
      }
      started.child.kill("SIGKILL");
      await started.result;
      kills++;
    }
    const events = checkLedger(runDir, bench.ledgerLines());
    expect(bench.ledgerLines()).toHaveLength(12);
    expect(events.some((event) => event.type === "attempt-ended" && event.outcome.kind === "in-doubt")).toBe(false);
    expect(events.at(-1)?.type).toBe("run-ended");
  }
  trials(kills);
});
