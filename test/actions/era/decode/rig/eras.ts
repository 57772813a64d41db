import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type GeneratedEra, type GenerateOptions, generateEra } from "../../../../../src/lab/era-files/index.ts";
import type { Network } from "../../../../../src/lib/beacon/network.ts";
import { SMALL } from "./decoded.ts";

export * from "./decoded.ts";

/** A directory that goes away with the test. */
export function scratch(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "runsheet-era-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

export function generated(options: Partial<GenerateOptions> & { era: number }): GeneratedEra & { network: Network } {
  const network = options.network ?? SMALL;
  return { network, ...generateEra({ directory: scratch(), ...options, network }) };
}
