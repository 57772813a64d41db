/**
 * Copy and listing rates of object storage beside the documented command (`xargs -P 10 aws s3 cp --recursive`), rclone
 * and s5cmd where they are installed, with no latency and with 60 ms per call; and the memory of listing a million keys.
 *
 * node test/bench/s3.ts [--objects 10000] [--rounds 3] [--only copy|list|memory] [--latency 0,60] [--tools s3,xargs]
 */
import { execFile, fork, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { copyAction } from "../../src/actions/s3/copy-action.ts";
import { listAction } from "../../src/actions/s3/list-action.ts";
import type { Action, ActionContext } from "../../src/domain/action.ts";
import { startS3 } from "../../src/lab/s3/start.ts";

const PREFIXES = 20;
const OBJECT_BYTES = 10 * 1024;
const SELF = import.meta.filename;
const STATUS = "/proc/self/status";
const run = promisify(execFile);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      objects: { type: "string", default: "10000" },
      rounds: { type: "string", default: "3" },
      only: { type: "string", default: "copy,list,memory" },
      latency: { type: "string", default: "0,60" },
      tools: { type: "string", default: "" },
    },
  });
  const only = values.only.split(",");
  if (only.includes("copy") || only.includes("list")) {
    const bench = await openBench(Number(values.objects), OBJECT_BYTES);
    for (const latencyMs of values.latency.split(",").map(Number)) {
      await bench.setLatency(latencyMs);
      const among = (tools: Tool[]) =>
        tools.filter(({ name }) => values.tools.split(",").some((start) => name.startsWith(start)));
      const rounds = Number(values.rounds);
      if (only.includes("copy")) await table("copy", bench, latencyMs, among(copyTools(bench)), rounds);
      if (only.includes("list")) await table("list", bench, latencyMs, among(listTools(bench)), rounds);
    }
    bench.close();
  }
  if (only.includes("memory")) await memory();
}

type Bench = {
  readonly endpoint: string;
  readonly objects: number;
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  setLatency(latencyMs: number): Promise<void>;
  close(): void;
};

async function openBench(objects: number, bytes: number): Promise<Bench> {
  const child = fork(SELF, ["server", String(objects), String(bytes)]);
  const [endpoint] = (await once(child, "message")) as [string];
  const dir = mkdtempSync(join(tmpdir(), "runsheet-bench-"));
  return {
    endpoint,
    objects,
    dir,
    env: { PATH: process.env.PATH, HOME: dir, PYENV_ROOT: process.env.PYENV_ROOT, ...CREDENTIALS },
    setLatency: async (latencyMs) => {
      await fetch(`${endpoint}/_lab/latency`, { method: "PUT", body: String(latencyMs) });
    },
    close() {
      child.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "LABACCESSKEY",
  AWS_SECRET_ACCESS_KEY: "lab-secret-key",
  AWS_DEFAULT_REGION: "us-east-1",
};

/** One way to do the work, as a command; `round` names a target that nobody has written to. */
type Tool = { readonly name: string; readonly needs?: string; command(round: string): readonly string[] };

function copyTools(bench: Bench): Tool[] {
  const { endpoint } = bench;
  const ours = (concurrency: number): Tool => ({
    name: `s3.copy, concurrency ${concurrency}`,
    command: (round) => {
      const to = `s3://target/${round}/`;
      return oursCommand("copy", { from: "s3://source/", to, endpoint, concurrency });
    },
  });
  const rclone = (transfers: string): Tool => ({
    name: `rclone copy, transfers ${transfers}`,
    needs: "rclone",
    command: (round) => {
      const flags = ["-q", "--transfers", transfers, "--checkers", "16"];
      return ["rclone", "copy", ...flags, `${remote(bench)}source`, `${remote(bench)}target/${round}`];
    },
  });
  const list = join(bench.dir, "prefixes");
  writeFileSync(list, Array.from({ length: PREFIXES }, (_, i) => `${prefixOf(i)}\n`).join(""));
  return [
    ours(32),
    ours(128),
    {
      name: DOCUMENTED,
      needs: "aws",
      command: (round) => {
        const copy = `aws --endpoint-url ${endpoint} s3 cp --quiet --recursive s3://source/{} s3://target/${round}/{}`;
        return ["sh", "-c", `xargs -P 10 -I {} ${copy} < ${list}`];
      },
    },
    rclone("32"),
    rclone("128"),
    {
      name: "s5cmd cp",
      needs: "s5cmd",
      command: (round) => [
        "s5cmd",
        "--endpoint-url",
        endpoint,
        "--log",
        "error",
        "cp",
        "s3://source/*",
        `s3://target/${round}/`,
      ],
    },
  ];
}

const DOCUMENTED = "xargs -P 10 aws s3 cp --recursive";

function listTools(bench: Bench): Tool[] {
  const { endpoint, dir } = bench;
  return [
    {
      name: "s3.list",
      command: () => oursCommand("list", { from: "s3://source/", out: join(dir, "manifest"), endpoint }),
    },
    {
      name: "aws s3 ls --recursive",
      needs: "aws",
      command: () => ["aws", "--endpoint-url", endpoint, "s3", "ls", "--recursive", "s3://source/"],
    },
    {
      name: "rclone lsf -R --fast-list",
      needs: "rclone",
      command: () => ["rclone", "lsf", "-R", "--fast-list", `${remote(bench)}source`],
    },
  ];
}

type Measured = { readonly wallS: number; readonly cpuS: number };

/** The tools take turns within a round, so that a busy minute of the machine meets all of them. */
async function table(what: string, bench: Bench, latencyMs: number, all: readonly Tool[], rounds: number) {
  const tools = all.filter(({ needs }) => needs === undefined || has(needs));
  const measured = new Map<string, Measured[]>(tools.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command } of tools) {
      const target = `${what}-${latencyMs}-${round}-${name.replace(/\W+/g, "")}`;
      measured.get(name)!.push(await measure(bench, command(target)));
    }
  }
  // The best round is the one that the rest of the machine disturbed least.
  const best = (name: string, of: keyof Measured) => Math.min(...measured.get(name)!.map((one) => one[of]));
  const base = tools.find(({ needs }) => needs === "aws")?.name;
  const { objects } = bench;
  console.log(`\n${what}, ${objects} objects, ${latencyMs} ms per call, best of ${rounds}, process start included`);
  console.log(`  ${"".padEnd(36)}      wall objects/s CPU ms/object  than ${base ?? "-"}`);
  for (const { name } of tools) {
    const wallS = best(name, "wallS");
    const cpuS = best(name, "cpuS");
    const columns = [
      `${wallS.toFixed(2)} s`.padStart(9),
      String(Math.round(objects / wallS)).padStart(9),
      ((cpuS * 1000) / objects).toFixed(2).padStart(13),
    ];
    const ratios = base
      ? `${(best(base, "wallS") / wallS).toFixed(2)}x faster, ${(best(base, "cpuS") / cpuS).toFixed(2)}x less CPU`
      : "";
    console.log(`  ${name.padEnd(36)} ${columns.join(" ")}  ${ratios}`);
  }
}

/** `times` of the shell tells the CPU time of everything that the command started. */
async function measure(bench: Bench, argv: readonly string[]): Promise<Measured> {
  const start = performance.now();
  const script = '"$@" >/dev/null; code=$?; times >"$0"; exit $code';
  const file = join(bench.dir, "times");
  await run("sh", ["-c", script, file, ...argv], { env: bench.env, maxBuffer: 1024 ** 3 });
  const wallS = (performance.now() - start) / 1000;
  const children = readFileSync(file, "utf8").trim().split("\n")[1] ?? "";
  let cpuS = 0;
  for (const [, minutes, seconds] of children.matchAll(/(\d+)m([\d.]+)s/g))
    cpuS += Number(minutes) * 60 + Number(seconds);
  return { wallS, cpuS };
}

function oursCommand(verb: string, params: object): string[] {
  return [process.execPath, SELF, "ours", verb, JSON.stringify(params)];
}

/** A heap of 64 MB is too small for any listing as a whole: garbage that nobody has collected yet is no need. */
async function memory(): Promise<void> {
  console.log("\nmemory while listing, peak resident size of the process");
  for (const objects of [10_000, 1_000_000]) {
    const bench = await openBench(objects, 0);
    const params = { from: "s3://source/", out: join(bench.dir, "manifest"), endpoint: bench.endpoint };
    for (const heap of ["", "--max-old-space-size=64"]) {
      const start = performance.now();
      const argv = [...(heap ? [heap] : []), SELF, "ours", "list", JSON.stringify(params)];
      const { stdout } = await run(process.execPath, argv, { env: bench.env });
      const { peakMb } = JSON.parse(stdout);
      const s = (performance.now() - start) / 1000;
      const rate = `${s.toFixed(1)} s, ${Math.round(objects / s)}/s`;
      console.log(`  ${String(objects).padStart(9)} keys: ${Math.round(peakMb)} MB, ${rate}  ${heap}`);
    }
    bench.close();
  }
}

function remote({ endpoint }: Bench): string {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = CREDENTIALS;
  return `:s3,provider=Other,no_check_bucket=true,endpoint='${endpoint}',access_key_id=${id},secret_access_key=${secret}:`;
}

function has(name: string): boolean {
  return spawnSync(name, [name === "s5cmd" ? "version" : "--version"], { stdio: "ignore" }).status === 0;
}

const prefixOf = (i: number) => `dir-${String(i % PREFIXES).padStart(2, "0")}`;

/** The lab server in a process of its own, filled. */
async function serve(objects: number, bytes: number): Promise<void> {
  const { store, endpoint } = await startS3({ buckets: ["source", "target"] });
  for (let i = 0; i < objects; i++) {
    const data = Buffer.alloc(bytes, `object ${i};`);
    const writer = store.blobs.create();
    await writer.write(data);
    const blob = await writer.finish();
    store.commit({
      kind: "object-put",
      bucket: "source",
      key: `${prefixOf(i)}/part-${String(i).padStart(8, "0")}.parquet`,
      object: {
        headers: {},
        tagging: "",
        body: bytes === 0 ? [] : [{ blob, start: 0, end: bytes }],
        sizeBytes: bytes,
        etag: createHash("md5").update(data).digest("hex"),
        checksums: {},
        checksumType: "FULL_OBJECT",
        modifiedMs: Date.now(),
      },
    });
  }
  process.send!(endpoint);
}

/** One of our actions in a process of its own, as a step of a run has it. */
async function ours(verb: string, params: object): Promise<void> {
  const action: Action = verb === "copy" ? copyAction : listAction;
  const context: ActionContext = {
    signal: new AbortController().signal,
    attemptId: "bench",
    stepKey: "bench",
    cwd: process.cwd(),
    scratchDir: tmpdir(),
    env: {},
    progress: () => {},
    log: () => {},
    checkpoint: async () => {},
    lastCheckpoint: undefined,
    secret: () => "",
  };
  const result = await action.run(action.params.parse(params), context);
  if (result.kind === "failed") throw new Error(`${result.failure.message}\n${result.failure.cause}`);
  // maxRSS begins with the size of the process that this one was forked from; the high-water mark begins at exec.
  const known = /VmHWM:\s+(\d+) kB/.exec(existsSync(STATUS) ? readFileSync(STATUS, "latin1") : "");
  console.log(JSON.stringify({ peakMb: (known ? Number(known[1]) : process.resourceUsage().maxRSS) / 1024 }));
  process.exit(0);
}

if (process.argv[2] === "server") await serve(Number(process.argv[3]), Number(process.argv[4]));
else if (process.argv[2] === "ours") await ours(process.argv[3]!, JSON.parse(process.argv[4]!));
else await main();
