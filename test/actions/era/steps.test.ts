import { existsSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATASET_NAMES } from "../../../src/actions/era/decode/index.ts";
import { eraActions } from "../../../src/actions/era/index.ts";
import type { ActionResult } from "../../../src/domain/action.ts";
import type { GeneratedEra } from "../../../src/lab/era-files/index.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { actionNamed, contextIn, previewAction, runAction, temporaryDirectory } from "../context.ts";
import { makeEras, writeDevnetConfig } from "./rig/devnet.ts";
import { type FileServer, startFileServer } from "./rig/file-server.ts";

// biome-ignore lint/suspicious/noExplicitAny: outputs are compared as a runbook sees them
type Outputs = any;

describe.skipIf(!chdbIsInstalled())("the step kinds for era files (skipped without the optional package chdb)", () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: FileServer;
  let eras: GeneratedEra[];
  let database: { network: string; clickhouse: string };

  beforeAll(async () => {
    home = await temporaryDirectory();
    eras = makeEras(join(home.path, "files"), 1, 2);
    server = await startFileServer();
    for (const { fileName, path } of eras) server.files.set(fileName, readFileSync(path));
    server.pages.set("/", eras.map(({ fileName }) => fileName).join("\n"));
    writeDevnetConfig(home.path);
    database = { network: "./devnet.yaml", clickhouse: "chdb:data" };
  });

  afterAll(async () => {
    await server?.close();
    await home?.[Symbol.asyncDispose]();
  });

  it("carry a range from the source into the database, step by step as the runbook does", async () => {
    const from = { network: database.network, range: "0+", source: server.url };
    expect(await ok("era.plan", { ...from, ...database })).toMatchObject({ todoCount: 2, complete: 0 });
    const preflight = await ok("era.preflight", { ...from, ...database });
    expect(preflight).toMatchObject({
      database: "beacon_devnet",
      migrated: ["001", "002", "003"],
      clickhouse: expect.stringContaining("chdb:"),
    });
    const found = await ok("era.discover", from);
    expect(found).toMatchObject({ available: 2, gaps: "0", ambiguous: [] });
    const planned = await ok("era.plan", { ...from, ...database });
    expect(planned).toMatchObject({ todoCount: 2, complete: 0, summary: expect.stringContaining("2 to do (1-2)") });
    for (const file of planned.todo) {
      const downloaded = await ok("era.download", {
        network: database.network,
        source: server.url,
        file,
        downloadDir: "files-here",
      });
      expect(downloaded).toMatchObject({ owner: "download", disposable: true, stateSkipped: false });
      const loaded = await ok("era.load", { ...database, file, path: downloaded.path });
      expect(loaded.eras).toMatchObject([{ era: file.era, kind: "loaded", rows: eras[file.era - 1]!.rows }]);
      // an interrupted attempt that was finished all the same is found done
      expect((await ok("era.load", { ...database, file, path: downloaded.path })).eras).toMatchObject([
        { kind: "already" },
      ]);
      expect(await ok("era.check", { ...database, range: String(file.era) })).toMatchObject({ complete: true });
    }
    const context = contextIn({ cwd: home.path });
    const status = (await runAction(actionNamed(eraActions, "era.status"), database, context)) as ActionResult<Outputs>;
    expect(status.kind === "ok" && status.outputs).toMatchObject({ completed: 2, failed: 0 });
    expect(context.lines.join("\n")).toMatch(/attestations +\d+[\s\S]*1 +completed[\s\S]*rows\/s/);
    expect(await ok("era.plan", { ...from, ...database })).toMatchObject({ todoCount: 0, complete: 2 });
  });

  it("load a whole range by themselves, and clean up what they downloaded", async () => {
    const given = {
      network: database.network,
      clickhouse: database.clickhouse,
      database: "whole",
      source: server.url,
      range: "1-2",
    };
    const loaded = await ok("era.load", { ...given, datasets: "blocks, deposits", downloadDir: "cleaned" });
    expect(loaded.eras.map((era: Outputs) => [era.era, Object.keys(era.rows)])).toEqual([
      [1, ["blocks", "deposits"]],
      [2, ["blocks", "deposits"]],
    ]);
    expect(existsSync(join(home.path, "cleaned", eras[0]!.fileName))).toBe(false);
    expect(await ok("era.optimize", { ...database, database: "whole" })).toMatchObject({
      partitions: expect.any(Number),
    });
    expect(await ok("era.clean", { ...database, database: "whole", range: "1" })).toMatchObject({ eras: [1] });
    expect(
      await failed("era.check", { ...database, database: "whole", range: "1-2", datasets: ["blocks"] }),
    ).toMatchObject({
      code: "era-not-complete",
      message: expect.stringContaining("1;"),
    });
    const report = await ok("era.check", {
      ...database,
      database: "whole",
      range: "1-2",
      datasets: ["blocks"],
      report: true,
    });
    expect(report.eras.map((era: Outputs) => era.verdict)).toEqual(["absent", "complete"]);
  });

  it("fail with the reason when an era is bad, list it, and clear it away", async () => {
    const bad = join(home.path, "bad");
    makeEras(bad, 1, 1);
    truncateSync(join(bad, eras[0]!.fileName), 9000);
    const given = { ...database, database: "bad" };
    expect(await failed("era.load", { ...given, source: "bad", range: "1" })).toMatchObject({
      code: "era-load-incomplete",
      message: expect.stringContaining(eras[0]!.fileName),
    });
    expect(await ok("era.failed", given)).toMatchObject({ count: 1, eras: [{ era: 1, state: "failed", attempt: 1 }] });
    expect(await ok("era.cleanFailed", given)).toMatchObject({ eras: [1] });
    expect(await ok("era.failed", given)).toMatchObject({ count: 0 });
    expect(await ok("era.migrate", given)).toMatchObject({ applied: [] });
  });

  it("look again for new eras as long as they are told to", async () => {
    const given = {
      ...database,
      database: "watched",
      source: "growing",
      range: "1+",
      every: "1ms",
      datasets: ["blocks"],
    };
    makeEras(join(home.path, "growing"), 1, 1);
    expect(await ok("era.watch", { ...given, looks: 2 })).toEqual({
      looks: 2,
      loaded: 1,
      failed: 0,
      totalRows: eras[0]!.rows.blocks,
    });
    makeEras(join(home.path, "growing"), 2, 2);
    const stop = new AbortController();
    const context = contextIn({ cwd: home.path, signal: stop.signal });
    const watching = runAction(
      actionNamed(eraActions, "era.watch"),
      { ...given, every: "1h" },
      {
        ...context,
        progress: (progress) => {
          if (progress.note?.startsWith("next look") === true) stop.abort(new Error("stop"));
        },
      },
    );
    // What was stopped is not done: a resumed run goes on watching.
    expect(await watching).toMatchObject({ kind: "failed", failure: { code: "stopped" } });
    expect((await ok("era.status", { ...database, database: "watched" })).completed).toBe(2);
    expect(await failed("era.watch", { ...given, source: "nowhere" })).toMatchObject({ retryable: false });
  });

  it("read the documented variables from the environment that the step declares, and nothing else", async () => {
    const env = {
      ERA_BASE_URL: server.url,
      CLICKHOUSE_HOST: "chdb:data",
      CLICKHOUSE_DATABASE: "from_env",
      CLICKHOUSE_BATCH_SIZE: "5",
    };
    const given = { network: database.network, range: "2", datasets: ["blocks"] };
    expect((await ok("era.load", given, env)).eras).toMatchObject([{ era: 2, kind: "loaded" }]);
    expect(await failed("era.load", given)).toMatchObject({ code: "era-source", retryable: false });
  });

  it("stop when they are told to", async () => {
    const context = contextIn({ cwd: home.path, signal: AbortSignal.abort(new Error("the run was stopped")) });
    const given = { ...database, source: server.url, range: "1+" };
    expect(await runAction(actionNamed(eraActions, "era.load"), given, context)).toMatchObject({
      kind: "failed",
      failure: { code: "stopped", message: expect.stringContaining("the run was stopped") },
    });
  });

  it("say what they would do, without doing it", async () => {
    for (const action of eraActions) {
      const given = {
        network: "mainnet",
        range: action.kind === "era.watch" ? "1+" : "1",
        ...(action.kind === "era.load" ? {} : {}),
      };
      const parsed = action.params.safeParse(given);
      if (!parsed.success) continue;
      const { lines } = await previewAction(action, given, contextIn({ cwd: home.path }));
      expect([action.kind, lines.length]).toEqual([action.kind, 1]);
    }
    expect(actionNamed(eraActions, "era.clean").effect).toBe("destroy");
    expect(actionNamed(eraActions, "era.load").params.safeParse({ network: "mainnet" }).success).toBe(false);
    expect(DATASET_NAMES).toHaveLength(15);
  });

  async function ok(kind: string, given: object, env: { [name: string]: string } = {}): Promise<Outputs> {
    const result = (await runAction(
      actionNamed(eraActions, kind),
      given,
      contextIn({ cwd: home.path, env }),
    )) as ActionResult<Outputs>;
    if (result.kind === "failed") throw new Error(`${kind}: ${result.failure.message}`);
    return result.outputs;
  }

  async function failed(kind: string, given: object): Promise<Outputs> {
    const result = (await runAction(
      actionNamed(eraActions, kind),
      given,
      contextIn({ cwd: home.path }),
    )) as ActionResult<Outputs>;
    return result.kind === "failed" ? result.failure : `ok: ${JSON.stringify(result.outputs)}`;
  }
});
