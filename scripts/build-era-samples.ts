// Makes the sample eras of runbooks/era-processing, and beside them expected.json: what a loader must find in them, row
// counts and content hashes per table (src/lab/era-files/content-hash.ts). The files are checked in. With --check nothing
// is written: exit code 1 when they are not what the generator makes.

import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { DATASETS, decodeEra, type NativeRow, readNative } from "../src/actions/era/decode/index.ts";
import { contentHash, generateEra, SHAPES } from "../src/lab/era-files/index.ts";
import { networkFromConfig } from "../src/lib/beacon/custom-network.ts";
import type { Network } from "../src/lib/beacon/network.ts";

export const SAMPLES: string = path.resolve(import.meta.dirname, "../runbooks/era-processing/samples");

const ERAS = [1, 2];
const SHAPE = { ...SHAPES.sample, transactions: 30, transactionBytes: 260, attestations: 12, withdrawals: 4, blobs: 3 };

/** Writes the eras and expected.json into `directory`; returns the names of the files. */
export async function buildSamples(directory: string): Promise<string[]> {
  const network = sampleNetwork();
  const eras = [];
  for (const era of ERAS) {
    const made = generateEra({ network, era, directory, shape: SHAPE });
    const rows: { [dataset: string]: NativeRow[] } = {};
    const summary = await decodeEra(made.path, { network, workers: 0 }, async ({ dataset, native }) => {
      rows[dataset] = [...(rows[dataset] ?? []), ...readNative(native)];
    });
    const hashes = DATASETS.map((dataset) => [dataset.name, contentHash(dataset, rows[dataset.name] ?? [])]);
    eras.push({
      file: made.fileName,
      bytes: made.bytes,
      sha256: crypto.createHash("sha256").update(fs.readFileSync(made.path)).digest("hex"),
      era,
      ...{ root: summary.root, slotStart: summary.slotStart, slotEnd: summary.slotEnd, forks: summary.forks },
      ...{ blocks: summary.blocks, missedSlots: summary.missedSlots, totalRows: summary.totalRows },
      rows: summary.rows,
      contentHashes: Object.fromEntries(hashes),
    });
  }
  const expected = { network: network.name, values: "exact", eras };
  fs.writeFileSync(path.join(directory, "expected.json"), `${JSON.stringify(expected, undefined, 2)}\n`);
  return [...eras.map(({ file }) => file), "expected.json"];
}

function sampleNetwork(): Network {
  const result = networkFromConfig(fs.readFileSync(path.join(SAMPLES, "lab-network.yaml"), "utf8"));
  if (result.kind === "invalid") throw new Error(result.problems.join(" "));
  return result.network;
}

/** The checked-in files that are not what the generator makes now. */
export async function staleSamples(): Promise<string[]> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "samples-"));
  try {
    const made = await buildSamples(scratch);
    const there = fs.readdirSync(SAMPLES).filter((name) => name.endsWith(".era"));
    return [...new Set([...made, ...there])].filter((name) => {
      const [now, before] = [path.join(scratch, name), path.join(SAMPLES, name)];
      return !fs.existsSync(now) || !fs.existsSync(before) || !fs.readFileSync(now).equals(fs.readFileSync(before));
    });
  } finally {
    fs.rmSync(scratch, { recursive: true });
  }
}

if (import.meta.main) {
  const stale = await staleSamples();
  if (process.argv.includes("--check")) {
    for (const name of stale) console.error(`${name} is stale: run \`node scripts/build-era-samples.ts\``);
    if (stale.length > 0) process.exitCode = 1;
  } else if (stale.length > 0) {
    for (const name of fs.readdirSync(SAMPLES)) if (name.endsWith(".era")) fs.rmSync(path.join(SAMPLES, name));
    console.log((await buildSamples(SAMPLES)).map((name) => `wrote ${name}`).join("\n"));
  }
}
