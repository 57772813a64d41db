import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { openClickHouse } from "../../src/actions/era/clickhouse/open-clickhouse.ts";
import { chdbIsInstalled } from "../../src/lib/chdb/chdb-engine.ts";
import { type Practice, practise } from "../rig/practice.ts";
import { Bench } from "../rig/runsheet.ts";

const runbook = fileURLToPath(new URL("../../runbooks/era-processing/runbook.yaml", import.meta.url));
const samples = fileURLToPath(new URL("../../runbooks/era-processing/samples", import.meta.url));
const patience = { timeout: 240_000 };

type Expected = {
  readonly eras: readonly {
    readonly file: string;
    readonly era: number;
    readonly rows: { [dataset: string]: number };
  }[];
};
const expected = JSON.parse(readFileSync(join(samples, "expected.json"), "utf8")) as Expected;

describe.skipIf(!chdbIsInstalled())("era-processing (skipped without the optional package chdb)", () => {
  test("loads the sample eras, shows their rows, and does nothing the second time", patience, async () => {
    const practice = await lab();
    const first = await practice.run().ended;
    expect(first.code, first.stderr).toBe(0);
    expect(await rowsOf(practice)).toEqual(expectedRows());
    expect(first.stdout + first.stderr).toMatch(/2 completed, 0 failed/);
    const second = await practice.verb("run", runbook, "--headless", "--yes", ...pairs(practice)).ended;
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout + second.stderr).toContain("2 complete, nothing to do");
  });

  test("killed with -9 step after step, loads the same", patience, async () => {
    const practice = await lab();
    const { ended, kills, begun } = await practice.runKilled();
    expect(ended.code, ended.stderr).toBe(0);
    expect(kills).toBeGreaterThanOrEqual((begun - 1) / 2);
    expect(await rowsOf(practice)).toEqual(expectedRows());
  });

  test("goes on past an era that fails, ends with 3, and retry --failed loads it", patience, async () => {
    const dir = mkdtempSync(join(tmpdir(), "era-runbook-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    cpSync(samples, dir, { recursive: true });
    const broken = join(dir, expected.eras[0]!.file);
    truncateSync(broken, 300_000);
    const practice = await lab({ source: dir });
    const ended = await practice.run().ended;
    expect(ended.code, ended.stderr).toBe(3);
    const { blocks } = await rowsOf(practice);
    expect(blocks).toBe(expected.eras[1]!.rows.blocks);
    cpSync(join(samples, expected.eras[0]!.file), broken);
    const again = await practice.verb("retry", practice.runId, "--failed", "--headless", "--yes").ended;
    expect(again.code, again.stderr).toBe(0);
    expect(await rowsOf(practice)).toEqual(expectedRows());
  });

  test(
    "goes on watching for new eras until it is stopped, also after a resume, and ends when told to",
    patience,
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "era-runbook-"));
      onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
      const [first, second] = expected.eras;
      cpSync(join(samples, first!.file), join(dir, first!.file));
      const practice = await lab({ source: dir, range: "1+", watch: "true", every: "100ms" });
      const looked = /progress watch: .*next look/;
      const stopOnce = async (started: ReturnType<Practice["run"]>, seen: RegExp, before: () => void = () => {}) => {
        let text = "";
        const { promise, resolve } = Promise.withResolvers<void>();
        started.child.stderr!.on("data", (piece: string) => {
          text += piece;
          if (looked.test(text)) before();
          if (seen.test(text)) resolve();
        });
        await Promise.race([promise, started.ended.then(({ stderr }) => expect.fail(stderr))]);
        expect((await practice.verb("stop", practice.runId, "--now").ended).code).toBe(0);
        expect((await started.ended).code).not.toBe(0);
      };
      const appears = () => cpSync(join(samples, second!.file), join(dir, second!.file));
      await stopOnce(practice.run(), /era 2: loaded/, appears);
      await stopOnce(practice.verb("resume", practice.runId, "--headless"), looked);
      const ended = await practice.verb("resume", practice.runId, "--from", "summary", "--headless").ended;
      expect(ended.code, ended.stderr).toBe(0);
      expect(await rowsOf(practice)).toEqual(expectedRows());
    },
  );

  test("by its defaults runs on embedded ClickHouse, and only downloads when told so", patience, async () => {
    using bench = new Bench();
    const env = { PWD: bench.dir }; // as a shell sets it
    const ran = await bench.run(["run", runbook, "--headless", "--yes", "-p", "datasets=blocks,deposits"], { env });
    expect(ran.code, ran.stderr).toBe(0);
    expect(existsSync(join(bench.dir, "era-data"))).toBe(true);
    const only = await bench.run(
      ["run", runbook, "--headless", "--yes", "-p", "downloadOnly=true", "-p", "clickhouse=http://127.0.0.1:1"],
      { env },
    );
    expect(only.code, only.stderr).toBe(0);
    const endless = await bench.run(["run", runbook, "--headless", "-p", "watch=true", "-p", "range=1-2"], { env });
    expect([endless.code, endless.stderr]).toEqual([1, expect.stringContaining("the range 1-2 has an end")]);
  });
});

async function lab(params: { [name: string]: string } = {}): Promise<Practice> {
  const practice = await practise("era-processing", { params });
  onTestFinished(() => practice.close());
  return practice;
}

function pairs({ lab: running }: Practice): string[] {
  const { url } = running.values.clickhouse as { url: string };
  return ["-p", `clickhouse=${url}`, "-p", "database=beacon_lab", "-p", "minFree=100MB"];
}

/** What readers see. */
async function rowsOf({ lab: running }: Practice): Promise<{ [dataset: string]: number }> {
  const { url } = running.values.clickhouse as { url: string };
  const clickhouse = await openClickHouse({ kind: "http", url, user: "default", password: "" });
  try {
    const datasets = Object.keys(expectedRows());
    const sql = datasets
      .map((name) => `SELECT '${name}' AS dataset, count() AS n FROM beacon_lab.v_${name}`)
      .join(" UNION ALL ");
    const rows = await clickhouse.rows<{ dataset: string; n: string }>(sql);
    return Object.fromEntries(datasets.map((name) => [name, Number(rows.find(({ dataset }) => dataset === name)!.n)]));
  } finally {
    await clickhouse.close();
  }
}

function expectedRows(): { [dataset: string]: number } {
  const names = Object.keys(expected.eras[1]!.rows);
  return Object.fromEntries(
    names.map((name) => [name, expected.eras.reduce((sum, { rows }) => sum + (rows[name] ?? 0), 0)]),
  );
}
