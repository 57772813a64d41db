/*
 * How fast era files become insert-ready Native blocks, beside the floors: reading the file, decompressing it, and that
 * with CRC-32C. `node test/bench/era-decode.ts [--rounds 5] [--eras deneb,electra,gnosis] [--keep DIR]`
 *
 * The eras are generated in the shape of real ones (full, 8192 slots). Variants alternate within a round, each in a
 * process of its own (so that its peak memory is its own), and the best and the median of the rounds are shown with the
 * CPU seconds: on a shared machine the best is closest to what the machine can do. `ratio` is to the seconds of the tool
 * that operators use today (rows to Native bytes, one thread, no checks) on equal-shaped files of such a machine.
 * `by CPU` is the same ratio to our CPU seconds, for machines with other things to do: both work on one thread.
 * `RSS MB` is the peak of the process, `start` what it was before the work began (the runtime, its compiler of types).
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { readLayout } from "../../src/actions/era/decode/era-layout.ts";
import { decodeEra, ERA_TAIL_BYTES, planStateSkip } from "../../src/actions/era/decode/index.ts";
import { RecordReader } from "../../src/actions/era/decode/record-reader.ts";
import { wasmKernel } from "../../src/actions/era/decode/wasm-kernel.ts";
import { generateEra, type ShapeName } from "../../src/lab/era-files/index.ts";
import { parseEraName } from "../../src/lib/beacon/era-name.ts";
import { findNetwork } from "../../src/lib/beacon/networks.ts";

type Era = { readonly network: string; readonly era: number; readonly shape: ShapeName; readonly peerSeconds: number };

const ERAS: { readonly [name: string]: Era } = {
  deneb: { network: "mainnet", era: 1400, shape: "mainnet", peerSeconds: 58.24 },
  electra: { network: "mainnet", era: 1500, shape: "mainnet", peerSeconds: 27.8 },
  gnosis: { network: "gnosis", era: 2700, shape: "gnosis", peerSeconds: 5.66 },
};

type Measured = { readonly seconds: number; readonly bytes: number };
type Outcome = Measured & { readonly cpu: number; readonly startMb: number; readonly rssMb: number };

/** Each gives the seconds of its second run in the process: code is compiled, memory is touched. */
const VARIANTS: { readonly [name: string]: (file: string) => Promise<Measured> } = {
  "read the file": readFile,
  "snappy alone": (file) => decompress(file, false),
  "snappy and CRC": (file) => decompress(file, true),
  "identical, no CRC, no state": (file) => decode(withoutState(file), { values: "era-parser", verifyCrc: false }),
  "identical, no state": (file) => decode(withoutState(file), { values: "era-parser" }),
  "identical, with state": (file) => decode(file, { values: "era-parser" }),
  "identical, 1 worker": (file) => decode(withoutState(file), { values: "era-parser", workers: 1 }),
  "identical, 2 workers": (file) => decode(withoutState(file), { values: "era-parser", workers: 2 }),
  "exact, no state": (file) => decode(withoutState(file), {}),
  "exact, 1 worker": (file) => decode(withoutState(file), { workers: 1 }),
  "exact, 2 workers": (file) => decode(withoutState(file), { workers: 2 }),
  "exact, JS kernel": (file) => decode(withoutState(file), { kernel: "js" }),
};

const STATUS = "/proc/self/status";

const { values: args } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    eras: { type: "string", default: "deneb,electra,gnosis" },
    variants: { type: "string", default: Object.keys(VARIANTS).join(";") },
    keep: { type: "string" },
    child: { type: "string" },
    file: { type: "string" },
  },
});

if (args.child !== undefined) await child(args.child, args.file!);
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
      const argv = [import.meta.filename, "--child", variant, "--file", file];
      const { stdout, stderr, status } = spawnSync(process.execPath, argv, { encoding: "utf8" });
      if (status !== 0) throw new Error(`${variant}: ${stderr}`);
      outcomes.set(variant, [...(outcomes.get(variant) ?? []), JSON.parse(stdout)]);
    }
  }
  console.log(
    `\n${name}: ${path.basename(file)}, ${(fs.statSync(file).size / 1e6).toFixed(0)} MB, ${args.rounds} rounds`,
  );
  console.log(
    `${"variant".padEnd(30)}${["best s", "median", "CPU s", "GB/s", "ratio", "by CPU", "start", "RSS MB"].map((h) => h.padStart(8)).join("")}`,
  );
  for (const [variant, all] of outcomes) {
    const seconds = all.map((outcome) => outcome.seconds).sort((a, b) => a - b);
    const best = seconds[0]!;
    const cells = [
      ...[best.toFixed(3), seconds[Math.floor(seconds.length / 2)]!.toFixed(3)],
      ...[Math.min(...all.map(({ cpu }) => cpu)).toFixed(2), (all[0]!.bytes / best / 1e9).toFixed(2)],
      ...[
        variant.includes(",") ? (era.peerSeconds / best).toFixed(1) : "",
        variant.includes(",") && !variant.includes("worker")
          ? (era.peerSeconds / Math.min(...all.map(({ cpu }) => cpu))).toFixed(1)
          : "",
        Math.max(...all.map(({ startMb }) => startMb)).toFixed(0),
        Math.max(...all.map(({ rssMb }) => rssMb)).toFixed(0),
      ],
    ];
    console.log(variant.padEnd(30) + cells.map((cell) => cell.padStart(8)).join(""));
  }
}

function eraFile(era: Era, directory: string): string {
  const known = fs.readdirSync(directory).find((name) => {
    const parsed = parseEraName(name);
    return parsed?.network === era.network && parsed.era === era.era;
  });
  if (known !== undefined) return path.join(directory, known);
  return generateEra({ ...era, network: findNetwork(era.network)!, directory }).path;
}

async function child(variant: string, file: string): Promise<void> {
  const startMb = peakRssMb();
  await VARIANTS[variant]!(file);
  const before = process.cpuUsage();
  const measured = await VARIANTS[variant]!(file);
  const { user, system } = process.cpuUsage(before);
  const rssMb = peakRssMb();
  console.log(JSON.stringify({ ...measured, cpu: (user + system) / 1e6, startMb, rssMb }));
}

async function decode(file: string, options: object): Promise<Measured> {
  const network = findNetwork(path.basename(file).split("-")[0]!)!;
  const start = performance.now();
  const summary = await decodeEra(file, { network, state: "optional", workers: 0, ...options }, async () => {});
  return { seconds: (performance.now() - start) / 1000, bytes: summary.nativeBytes };
}

async function decompress(file: string, verifyCrc: boolean): Promise<Measured> {
  await using handle = await open(file, "r");
  const layout = await readLayout(handle, file, { network: findNetwork(path.basename(file).split("-")[0]!)! });
  const kernel = wasmKernel(2 ** 20);
  const reader = new RecordReader(handle, kernel.input, layout.blocksEnd);
  const positions = [...layout.positions.filter((position) => position !== 0), layout.blocksEnd];
  const start = performance.now();
  let bytes = 0;
  for (let i = 0; i + 1 < positions.length; i++) {
    const length = positions[i + 1]! - positions[i]!;
    let at = reader.loaded(positions[i]!, length);
    if (at === -1) at = await reader.load(positions[i]!, length);
    bytes += kernel.decompressBlock(at + 8, length - 8, verifyCrc);
  }
  return { seconds: (performance.now() - start) / 1000, bytes };
}

async function readFile(file: string): Promise<Measured> {
  await using handle = await open(file, "r");
  const buffer = new Uint8Array(8 * 2 ** 20);
  const start = performance.now();
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) return { seconds: (performance.now() - start) / 1000, bytes };
    bytes += bytesRead;
  }
}

/** Beside the file, in a directory of its own: the same file as it comes when the download leaves out the state. */
function withoutState(file: string): string {
  const directory = path.join(path.dirname(file), "without-state");
  const target = path.join(directory, path.basename(file));
  if (fs.existsSync(target)) return target;
  fs.mkdirSync(directory, { recursive: true });
  const whole = fs.readFileSync(file);
  const skip = planStateSkip(whole.subarray(-ERA_TAIL_BYTES), whole.length)!;
  fs.writeFileSync(target, Buffer.concat([whole.subarray(0, skip.blocksEnd), whole.subarray(skip.indexStart)]));
  return target;
}

/** `maxRSS` of a fresh process is that of the process it was forked from; the high-water mark of its own begins at exec. */
function peakRssMb(): number {
  const known = /VmHWM:\s+(\d+) kB/.exec(fs.existsSync(STATUS) ? fs.readFileSync(STATUS, "latin1") : "");
  return (known ? Number(known[1]) : process.resourceUsage().maxRSS) / 1024;
}
