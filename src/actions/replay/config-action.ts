import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path, positiveWhole } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { configure } from "./node-config.ts";

const params = z.strictObject({
  to: path.describe("the configuration file to write"),
  base: path.optional().describe("a configuration to start from; its other settings and comments stay"),
  stride: positiveWhole.default(2_000_000).describe("blocks-log-stride"),
  retainedFiles: z.int().positive().default(512).describe("max-retained-block-files"),
  retainedDir: z.string().min(1).default("retained").describe("blocks-retained-dir, relative to the blocks directory"),
  http: z
    .string()
    .regex(/^\S+:\d+$/)
    .default("127.0.0.1:8888")
    .describe("http-server-address; the API must not be public"),
  peers: z.array(z.string().min(1)).default([]).describe("p2p-peer-address, added to those of `base`"),
  plugins: z
    .array(z.string().min(1))
    .default([
      "eosio::chain_plugin",
      "eosio::chain_api_plugin",
      "eosio::http_plugin",
      "eosio::producer_plugin",
      "eosio::producer_api_plugin",
      "eosio::net_plugin",
    ]),
  settings: z
    .record(z.string().regex(/^[\w-]+$/), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("further settings"),
});

const outputs = z.strictObject({
  config: z.string().describe("absolute path of the configuration"),
  changes: z.array(z.string()).describe("settings that differ from `base`"),
});

const MANY = new Set(["plugin", "p2p-peer-address"]);

type Params = z.infer<typeof params>;

export const configAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "replay.config",
  title: "Write the node's configuration for a replay",
  description:
    "Writes a nodeos configuration that cuts the block log into files of one stride and keeps them in a directory of their " +
    "own, with the HTTP API that snapshots are made through. Starts from a configuration of yours, if given, and says " +
    "which settings it changes. Written atomically; running it again gives the same file.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const { changes } = await workOut(given, cwd);
    return {
      grade: "native",
      lines: [`would write ${resolve(cwd, given.to)} with`, ...changes.map((line) => `  ${line}`)],
    };
  },
  run: returningFileFailures(async (given, { cwd, log }) => {
    const { text, changes } = await workOut(given, cwd);
    const config = resolve(cwd, given.to);
    await writeFileAtomically(config, text, 0o644);
    for (const line of [config, ...changes.map((change) => `  ${change}`)]) log(line);
    return { kind: "ok", outputs: { config, changes: [...changes] } };
  }),
});

async function workOut(given: Params, cwd: string) {
  const base = given.base === undefined ? "" : await readFile(resolve(cwd, given.base), "utf8");
  const wanted = new Map<string, readonly string[]>([
    ["blocks-log-stride", [`${given.stride}`]],
    ["max-retained-block-files", [`${given.retainedFiles}`]],
    ["blocks-retained-dir", [given.retainedDir]],
    ["http-server-address", [given.http]],
    ["plugin", given.plugins],
    ["p2p-peer-address", given.peers],
    ...Object.entries(given.settings).map(([name, value]) => [name, [`${value}`]] as const),
  ]);
  return configure(base, wanted, MANY, "Written by replay.config");
}
