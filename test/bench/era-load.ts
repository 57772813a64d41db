/*
 * How fast an era gets from its file into ClickHouse, beside the floor: Native blocks that were decoded and written to
 * files beforehand, inserted with nothing else running. `node test/bench/era-load.ts [--rounds 3] [--eras deneb,gnosis]
 * [--slots 8192] [--variants a;b] [--keep DIR]`
 *
 * Variants alternate within a round, each in a process of its own with a fresh database: best and median of the rounds, CPU
 * seconds of the loading process (with embedded ClickHouse in it) and of the server, peak memory of the loading process and
 * at its start. `floor` is the ratio to the floor of the same values, `peer` the ratio to the seconds that the tool in use
 * today takes for a full era of that shape into the same engine. `others` is the share of the processors that everything
 * else had during the best round: only with little of it do the seconds say anything, the CPU seconds always do.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { ClickHouse } from "../../src/actions/era/clickhouse/clickhouse.ts";
import { openClickHouse } from "../../src/actions/era/clickhouse/open-clickhouse.ts";
import { DATASETS, decodeEra, type ValueMode } from "../../src/actions/era/decode/index.ts";
import { claimEra } from "../../src/actions/era/load/lease.ts";
import { loadEra, tidyEra } from "../../src/actions/era/load/load-era.ts";
import { makeOwner } from "../../src/actions/era/load/owner.ts";
import { type EraDatabase, tableIn } from "../../src/actions/era/schema/era-database.ts";
import { migrateUp } from "../../src/actions/era/schema/migrate.ts";
import { startClickHouse } from "../../src/lab/clickhouse/start.ts";
import { generateEra, type ShapeName } from "../../src/lab/era-files/index.ts";
import { parseEraName } from "../../src/lib/beacon/era-name.ts";
import { findNetwork } from "../../src/lib/beacon/networks.ts";

type Era = { readonly network: string; readonly era: number; readonly shape: ShapeName; readonly peerSeconds: number };

const ERAS: { readonly [name: string]: Era } = {
  deneb: { network: "mainnet", era: 1400, shape: "mainnet", peerSeconds: 79.1 },
  electra: { network: "mainnet", era: 1500, shape: "mainnet", peerSeconds: 43.7 },
  gnosis: { network: "gnosis", era: 2700, shape: "gnosis", peerSeconds: 10.3 },
};

type Job = { readonly file: string; readonly spool: string; readonly data: string; readonly url: string };
type Measured = { readonly seconds: number; readonly rows: number };
type Outcome = Measured & {
  readonly cpu: number;
  readonly serverCpu: number;
  readonly startMb: number;
  readonly rssMb: number;
  /** Share of all processors, 0 to 1. */
  readonly others: number;
};

const MIB = 1024 * 1024;

const VARIANTS: { readonly [name: string]: (job: Job) => Promise<Measured> } = {
  "exact, floor": (job) => floor(job, "exact"),
  "exact, decode only": (job) => decodeOnly(job, "exact"),
  "exact, embedded": (job) => load(job, "exact", "chdb", {}),
  "exact, embedded, 128 MiB": (job) => load(job, "exact", "chdb", { chunkBytes: 128 * MIB }),
  "exact, HTTP": (job) => load(job, "exact", "http", {}),
  "exact, HTTP, 32 MiB": (job) => load(job, "exact", "http", { chunkBytes: 32 * MIB }),
  "exact, HTTP, 128 MiB": (job) => load(job, "exact", "http", { chunkBytes: 128 * MIB }),
  "identical, floor": (job) => floor(job, "era-parser"),
  "identical, embedded": (job) => load(job, "era-parser", "chdb", {}),
  "identical, HTTP": (job) => load(job, "era-parser", "http", {}),
};

const STATUS = "/proc/self/status";
const TICKS_PER_SECOND = 100;
/** What a child needs beside what it measures of itself. */
const START_CPU_SECONDS = 0.3;

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    eras: { type: "string", default: "deneb" },
    slots: { type: "string", default: "8192" },
    variants: { type: "string", default: Object.keys(VARIANTS).join(";") },
    keep: { type: "string" },
    child: { type: "string" },
    job: { type: "string" },
  },
});

if (import.meta.filename.endsWith(".ts")) {
  const { runAsPublished } = await import("./as-published.ts");
  await runAsPublished(import.meta.filename, ["actions/era/decode/worker", "lab/clickhouse/server-process"]);
} else if (args.child !== undefined) await child(args.child, JSON.parse(args.job!) as Job);
else await main();

async function main(): Promise<void> {
  const directory = args.keep ?? fs.mkdtempSync(path.join(os.tmpdir(), "runsheet-bench-"));
  try {
    for (const name of args.eras.split(",")) await benchEra(name, ERAS[name]!, directory);
  } finally {
    if (args.keep === undefined) fs.rmSync(directory, { recursive: true });
  }
}

async function benchEra(name: string, era: Era, directory: string): Promise<void> {
  const file = eraFile(era, directory);
  const outcomes = new Map<string, Outcome[]>();
  for (let round = 0; round < Number(args.rounds); round++) {
    for (const variant of args.variants.split(";")) {
      outcomes.set(variant, [...(outcomes.get(variant) ?? []), await measure(variant, file, directory)]);
    }
  }
  const size = fs.statSync(file).size;
  console.log(
    `\n${name}: ${path.basename(file)}, ${(size / 1e6).toFixed(0)} MB, ${args.slots} slots, ${args.rounds} rounds`,
  );
  const head = ["best s", "median", "others", "CPU s", "server", "MB/s", "krows/s", "floor", "peer", "start", "RSS MB"];
  console.log(`${"variant".padEnd(26)}${head.map((title) => title.padStart(9)).join("")}`);
  const best = (variant: string) => Math.min(...(outcomes.get(variant) ?? []).map(({ seconds }) => seconds));
  for (const [variant, all] of outcomes) {
    const sorted = all.toSorted((a, b) => a.seconds - b.seconds);
    const { seconds, others } = sorted[0]!;
    const floorOf = best(`${variant.split(",")[0]}, floor`);
    const cells = [
      ...[
        seconds.toFixed(2),
        sorted[Math.floor(sorted.length / 2)]!.seconds.toFixed(2),
        `${(100 * others).toFixed(0)} %`,
      ],
      Math.min(...all.map(({ cpu }) => cpu)).toFixed(2),
      Math.min(...all.map(({ serverCpu }) => serverCpu)).toFixed(2),
      (size / 1e6 / seconds).toFixed(0),
      (all[0]!.rows / seconds / 1000).toFixed(0),
      Number.isFinite(floorOf) ? (seconds / floorOf).toFixed(2) : "",
      Number(args.slots) === 8192 ? (era.peerSeconds / seconds).toFixed(1) : "",
      Math.max(...all.map(({ startMb }) => startMb)).toFixed(0),
      Math.max(...all.map(({ rssMb }) => rssMb)).toFixed(0),
    ];
    console.log(variant.padEnd(26) + cells.map((cell) => cell.padStart(9)).join(""));
  }
}

async function measure(variant: string, file: string, directory: string): Promise<Outcome> {
  const data = fs.mkdtempSync(path.join(directory, "data-"));
  const server = variant.includes("HTTP") ? await startClickHouse({ dataDir: data }) : undefined;
  const spool = path.join(
    directory,
    `spool-${path.basename(file)}-${variant.startsWith("exact") ? "exact" : "era-parser"}`,
  );
  const job: Job = { file, spool, data, url: server?.url ?? "" };
  try {
    if (variant.endsWith("floor") && !fs.existsSync(spool)) await run("spool", job);
    const serverBefore = server === undefined ? 0 : cpuOf(server.pid);
    const before = busySeconds();
    const from = performance.now();
    const outcome = JSON.parse(await run(variant, job)) as Outcome;
    const serverCpu = server === undefined ? 0 : cpuOf(server.pid) - serverBefore;
    const othersCpu = busySeconds() - before - serverCpu - outcome.cpu - START_CPU_SECONDS;
    const all = ((performance.now() - from) / 1000) * os.cpus().length;
    return { ...outcome, serverCpu, others: Math.max(0, othersCpu / all) };
  } finally {
    await server?.close();
    fs.rmSync(data, { recursive: true, force: true });
  }
}

/** Of all processors together, since the machine began. */
function busySeconds(): number {
  const busy = os.cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busy.reduce((sum, ms) => sum + ms, 0) / 1000;
}

/** User and system time of another process. */
function cpuOf(pid: number): number {
  const [user, system] = fs.readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

async function run(what: string, job: Job): Promise<string> {
  const argv = [import.meta.filename, "--child", what, "--job", JSON.stringify(job)];
  const started = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  started.stdout.on("data", (piece) => {
    text += piece;
  });
  const [code] = await once(started, "close");
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
  return text;
}

async function child(what: string, job: Job): Promise<void> {
  if (what === "spool") return writeSpool(job);
  const startMb = peakRssMb();
  const before = process.cpuUsage();
  const measured = await VARIANTS[what]!(job);
  const { user, system } = process.cpuUsage(before);
  const rssMb = peakRssMb();
  process.stdout.write(JSON.stringify({ ...measured, cpu: (user + system) / 1e6, startMb, rssMb }));
}

/** The Native blocks of all tables, one file each, as the floor inserts them. */
async function writeSpool({ file, spool }: Job): Promise<void> {
  const partial = `${spool}.partial`;
  fs.mkdirSync(partial, { recursive: true });
  await decodeEra(file, decodeOptions(file, spool.endsWith("exact") ? "exact" : "era-parser"), async (chunk) => {
    for (const part of chunk.parts) fs.appendFileSync(path.join(partial, `${chunk.dataset}.native`), part);
  });
  fs.renameSync(partial, spool);
}

async function floor({ file, spool, data }: Job, values: ValueMode): Promise<Measured> {
  const target = await database(await openClickHouse({ kind: "chdb", directory: data }), file, values);
  const from = performance.now();
  for (const name of fs.readdirSync(spool)) {
    const dataset = DATASETS.find((candidate) => `${candidate.name}.native` === name)!;
    const columns = ["load_id", ...dataset.columns.map((column) => column.name)].join(", ");
    const source = path.join(spool, name);
    await target.clickhouse.command(
      `INSERT INTO ${tableIn(target, dataset.name)} (${columns}) FROM INFILE '${source}' FORMAT Native`,
      { settings: { optimize_on_insert: 0 } },
    );
  }
  const seconds = (performance.now() - from) / 1000;
  const rows = await countRows(target);
  await target.clickhouse.close();
  return { seconds, rows };
}

async function decodeOnly({ file }: Job, values: ValueMode): Promise<Measured> {
  const from = performance.now();
  const summary = await decodeEra(file, decodeOptions(file, values), async () => {});
  return { seconds: (performance.now() - from) / 1000, rows: summary.totalRows };
}

async function load(
  job: Job,
  values: ValueMode,
  kind: "chdb" | "http",
  more: { chunkBytes?: number },
): Promise<Measured> {
  const access =
    kind === "chdb"
      ? ({ kind, directory: job.data } as const)
      : ({ kind, url: job.url, user: "default", password: "" } as const);
  const target = await database(await openClickHouse(access), job.file, values);
  const { era } = parseEraName(path.basename(job.file))!;
  const owner = makeOwner();
  const from = performance.now();
  const claimed = await claimEra(target, era, owner);
  if (claimed.kind === "taken") throw new Error("the era is taken");
  const loaded = await loadEra(claimed.lease, {
    ...{ target, era, owner, force: false, stateSkipped: false, source: "bench" },
    path: job.file,
    fileName: path.basename(job.file),
    datasets: DATASETS.map(({ name }) => name),
    ...more,
  });
  await tidyEra({ target, era, log: undefined });
  await claimed.lease.release();
  const seconds = (performance.now() - from) / 1000;
  await target.clickhouse.close();
  return { seconds, rows: loaded.totalRows };
}

async function database(clickhouse: ClickHouse, file: string, values: ValueMode): Promise<EraDatabase> {
  const network = findNetwork(parseEraName(path.basename(file))!.network)!;
  const target = { clickhouse, database: "bench", network, values };
  await migrateUp(target);
  return target;
}

async function countRows(target: EraDatabase): Promise<number> {
  const rows = await target.clickhouse.rows<{ n: string }>(
    "SELECT sum(rows) AS n FROM system.parts WHERE active AND database = 'bench' AND has({names:Array(String)}, table)",
    { params: { names: DATASETS.map(({ name }) => name) } },
  );
  return Number(rows[0]!.n);
}

function decodeOptions(file: string, values: ValueMode) {
  const network = findNetwork(parseEraName(path.basename(file))!.network)!;
  return { network, values, constantColumns: [{ name: "load_id", type: "UInt64", value: 1n }] } as const;
}

function eraFile(era: Era, directory: string): string {
  const folder = path.join(directory, `slots-${args.slots}`);
  fs.mkdirSync(folder, { recursive: true });
  const known = fs.readdirSync(folder).find((name) => {
    const parsed = parseEraName(name);
    return parsed?.network === era.network && parsed.era === era.era;
  });
  if (known !== undefined) return path.join(folder, known);
  const made = { network: findNetwork(era.network)!, era: era.era, shape: era.shape, slots: Number(args.slots) };
  return generateEra({ ...made, directory: folder }).path;
}

/** `maxRSS` of a fresh process is that of the process it was forked from; the high-water mark of its own begins at exec. */
function peakRssMb(): number {
  const known = /VmHWM:\s+(\d+) kB/.exec(fs.existsSync(STATUS) ? fs.readFileSync(STATUS, "latin1") : "");
  return (known ? Number(known[1]) : process.resourceUsage().maxRSS) / 1024;
}
