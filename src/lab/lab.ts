import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject } from "../domain/json.ts";
import { type BpCluster, startBpCluster } from "./bp-cluster.ts";
import type { LabClickHouse } from "./clickhouse/start.ts";
import { type ControlReply, type ControlRoute, startControl } from "./control.ts";
import { startJobs } from "./jobs.ts";
import { writeLabBin } from "./lab-bin.ts";
import { bpValues, labEnvironment, practiceValues, producersOf } from "./lab-values.ts";
import { logCacheAssets } from "./log-cache-assets.ts";
import { nodeosAssets } from "./nodeos-assets.ts";
import { type ChainTime, practiceTime } from "./nodes/chain-time.ts";
import { type LabPart, labParts, partFacts } from "./parts.ts";
import type { S3Server } from "./s3/start.ts";
import { findScenario, type Scenario, scenarios } from "./scenarios.ts";
import type { JobEngine } from "./stand-ins/jobs/engine.ts";
import { type Practice, startPractice } from "./stand-ins/scheduler-unit/practice.ts";
import { type LabState, processStart, removeState, writeState } from "./state-file.ts";

export type LabOptions = {
  /** Default: all. */
  readonly parts?: readonly LabPart[];
  /** One of `scenarios`; absent: nothing goes wrong. */
  readonly scenario?: string;
  /** A directory of the lab's own: made when absent, emptied by `down`. */
  readonly dir: string;
  /** The clock of the simulated chain. Default: practiceTime, ten times as fast as in earnest. */
  readonly time?: ChainTime;
  /** How many block-producing pods. Default 3. */
  readonly replicas?: number;
  /** A practice run started it for itself: the next one may take its place. */
  readonly forRun?: boolean;
  /** `postgres://…/postgres` of a real server, in which the lab makes databases of its own and drops them at the end. */
  readonly postgresUrl?: string;
};

/** A running lab. */
export type Lab = {
  readonly dir: string;
  readonly scenario: string | undefined;
  /** What runbooks need to know, by part, as it was at the start: `kube.context`, `s3.endpoint`, … */
  readonly values: JsonObject;
  /** Environment in which the lab's programs are found and the real ones are not reached. */
  readonly env: Readonly<Record<string, string>>;
  readonly bp: BpCluster | undefined;
  readonly s3: S3Server | undefined;
  readonly clickhouse: LabClickHouse | undefined;
  readonly jobs: JobEngine | undefined;
  readonly practice: Practice | undefined;
  status(): Promise<LabStatus>;
  /** Resolves when the lab has been told to go down by another process. */
  readonly ended: Promise<void>;
  /** Stops everything and removes the directory. */
  down(): Promise<void>;
};

export type LabStatus = {
  readonly dir: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly scenario: string | null;
  readonly scenarioTitle: string | null;
  readonly parts: readonly {
    readonly name: string;
    readonly title: string;
    readonly real: string;
    readonly simulated: string;
    readonly now: Json;
  }[];
  /** As they are now: who produces, which data items are unused. */
  readonly values: JsonObject;
};

/**
 * Starts the wanted parts of the lab in this process, on free ports of 127.0.0.1, and writes a state file through which
 * other processes find it. Throws when a part cannot start; nothing of it remains then.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { dir, parts = labParts, time = practiceTime, replicas, postgresUrl } = options;
  const scenario = chosenScenario(options.scenario, parts);
  const startedAt = new Date().toISOString();
  const token = randomBytes(16).toString("hex");
  const closers: (() => Promise<unknown>)[] = [];
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const has = (part: LabPart) => parts.includes(part);
  let askedDown = () => {};
  const ended = new Promise<void>((resolve) => {
    askedDown = resolve;
  });

  try {
    const routes: ControlRoute[] = [];
    const control = await startControl(token, routes);
    closers.push(control.close);
    const [bp, s3, clickhouse, practice] = await Promise.all([
      has("bp-cluster")
        ? started(
            startBpCluster({ dir: join(dir, "bp"), time, ...(replicas && { replicas }), ...scenario?.bpCluster?.() }),
          )
        : undefined,
      has("s3") ? started(startObjectStorage(join(dir, "s3"))) : undefined,
      has("clickhouse") ? started(startColumnStore(join(dir, "clickhouse"))) : undefined,
      has("scheduler-unit")
        ? started(
            startPractice({
              dir: join(dir, "scheduler-unit"),
              troubles: scenario?.migration?.() ?? {},
              ...(postgresUrl && { postgresUrl }),
            }),
          )
        : undefined,
    ]);
    const jobs = has("jobs") ? startJobs(s3, join(dir, "jobs"), scenario?.jobs?.() ?? {}) : undefined;
    if (jobs) closers.push(async () => jobs.engine.close());
    const logCache = jobs && s3 ? await logCacheAssets(join(dir, "log-cache"), s3) : undefined;
    const nodeos = has("nodeos") ? await nodeosAssets(join(dir, "nodeos"), s3) : undefined;
    scenario?.afterStart?.({ ...(bp && { bp }), ...(s3 && { s3 }) });
    routes.push(labRoute, ...(jobs ? [jobs.route] : []), ...(practice ? [unitRoute(practice)] : []));

    const bin = writeLabBin(dir, parts, {
      LAB_CONTROL_URL: control.url,
      LAB_CONTROL_TOKEN: token,
      ...(bp && { GSUTIL_ROOT: bp.bucketsDir }),
      ...(practice && { SU_LAB_TROUBLES: practice.troubles }),
      ...nodeos?.env,
    });
    const valuesNow = async (): Promise<JsonObject> => ({
      dir,
      bin,
      ...(bp && bpValues(bp)),
      ...(s3 && { s3: { endpoint: s3.endpoint, ...s3.credentials, region: "us-east-1" } }),
      ...(clickhouse && { clickhouse: { url: clickhouse.url } }),
      ...(jobs && { jobs: jobs.values }),
      ...(practice && { schedulerUnit: await practiceValues(practice) }),
      ...(nodeos && { nodeos: nodeos.values }),
      ...(logCache && { logCache }),
    });
    const values = await valuesNow();
    const env = labEnvironment(bin, bp, s3);
    const state: LabState = {
      format: 1,
      pid: process.pid,
      processStart: processStart(process.pid),
      startedAt,
      dir,
      parts,
      scenario: scenario?.name ?? null,
      forRun: options.forRun ?? false,
      control: { url: control.url, token },
      values,
      env,
    };
    writeState(state);
    const lab: Lab = {
      dir,
      scenario: scenario?.name,
      values,
      env,
      bp,
      s3,
      clickhouse,
      jobs: jobs?.engine,
      practice,
      status,
      ended,
      down,
    };
    return lab;

    async function status(): Promise<LabStatus> {
      const now: { readonly [part: string]: Json } = {
        ...(bp && {
          "bp-cluster": productionNow(bp),
        }),
        ...(practice && { "scheduler-unit": { running: practice.units.running(), database: practice.database } }),
      };
      return {
        dir,
        pid: process.pid,
        startedAt,
        scenario: scenario?.name ?? null,
        scenarioTitle: scenario?.title ?? null,
        parts: parts.map((name) => ({ name, ...partFacts[name], now: now[name] ?? null })),
        values: await valuesNow(),
      };
    }

    async function labRoute(path: string): Promise<ControlReply | undefined> {
      if (path === "/status") return { status: 200, body: await status() };
      if (path !== "/down") return undefined;
      askedDown();
      return { status: 202, body: {} };
    }
  } catch (error) {
    await down();
    throw error;
  }

  async function started<T extends { close(): Promise<unknown> }>(part: Promise<T>): Promise<T> {
    const running = await part;
    closers.push(() => running.close());
    return running;
  }

  async function down() {
    const closing = closers.splice(0).map((close) => close());
    await Promise.allSettled(closing);
    removeState(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

function productionNow(bp: BpCluster): Json {
  const { produced, missedCount, doubleSigned } = bp.network.ledger();
  const head = bp.network.head().num;
  return { producing: producersOf(bp), head, blocks: produced, missed: missedCount, doubleSigned: doubleSigned.length };
}

function chosenScenario(name: string | undefined, parts: readonly LabPart[]): Scenario | undefined {
  if (name === undefined) return undefined;
  const scenario = findScenario(name);
  const known = scenarios.map((one) => one.name).join(", ");
  if (!scenario) throw new RangeError(`the lab has no scenario "${name}"; it has: ${known}`);
  const missing = scenario.parts.find((part) => !parts.includes(part));
  if (missing) throw new RangeError(`the scenario "${name}" needs the part "${missing}"`);
  return scenario;
}

async function startObjectStorage(dir: string): Promise<S3Server> {
  const { startS3 } = await import("./s3/start.ts");
  return startS3({ dir, region: "us-east-1" });
}

async function startColumnStore(dataDir: string): Promise<LabClickHouse> {
  const { startClickHouse } = await import("./clickhouse/start.ts");
  return startClickHouse({ dataDir });
}

function unitRoute({ units }: Practice): ControlRoute {
  return async (path, body) => {
    if (path !== "/units") return undefined;
    const { verb, name } = body as { verb: string; name: string };
    return { status: 200, body: await units.run(verb, name) };
  };
}
