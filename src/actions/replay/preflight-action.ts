import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { size, toBytes } from "../s3/fields.ts";

const params = z.strictObject({
  dataDir: path.describe("where the node keeps its data"),
  minFree: size.default("8TB").describe("space that must be free there"),
  minCores: z.int().min(1).default(8),
  ports: z
    .array(z.string().regex(/^\S+:\d+$/))
    .default([])
    .describe("host:port addresses that must be free"),
  tools: z
    .array(z.strictObject({ run: z.array(z.string()).min(1), version: z.string().optional() }))
    .default([])
    .describe("programs that must run, with a regular expression that what they print has to match"),
});

const outputs = z.strictObject({ cores: z.int(), freeBytes: z.int(), versions: z.array(z.string()) });

type Params = z.infer<typeof params>;
type Finding = { readonly problem?: string; readonly line: string };

export const preflightAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "replay.preflight",
  title: "Check the machine before a replay",
  description:
    "Looks at the number of cores, the free space at the data directory, ports that must be free and programs that must be " +
    "there in the right version, and tells everything that is missing at once. Changes nothing.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given, context) {
    const { findings } = await look(given, context);
    return {
      grade: "native",
      lines: findings.map(({ problem, line }) => (problem === undefined ? line : `PROBLEM: ${problem}`)),
    };
  },
  run: returningFileFailures(async (given, context) => {
    const { findings, ...seen } = await look(given, context);
    for (const { line } of findings) context.log(line);
    const problems = findings.flatMap(({ problem }) => problem ?? []);
    if (problems.length === 0) return { kind: "ok", outputs: seen };
    const message = `this machine is not ready:\n${problems.join("\n")}`;
    const hint = "mend these, or lower the requirement if you know that it is enough, then resume the run";
    return { kind: "failed", failure: failure("preflight-failed", message, { hint, details: problems }) };
  }),
});

async function look(given: Params, context: Pick<ActionContext, "cwd" | "env" | "signal">) {
  const cores = availableParallelism();
  const dataDir = resolve(context.cwd, given.dataDir);
  const freeBytes = await freeAt(dataDir);
  const needed = toBytes(given.minFree);
  const tools = await Promise.all(given.tools.map((tool) => tryTool(tool, context)));
  const findings: Finding[] = [
    {
      line: `${cores} cores`,
      ...(cores < given.minCores ? { problem: `${cores} cores, ${given.minCores} are needed` } : {}),
    },
    {
      line: `${gigabytes(freeBytes)} free at ${dataDir}`,
      ...(freeBytes < needed
        ? { problem: `${gigabytes(freeBytes)} are free at ${dataDir}, ${gigabytes(needed)} are needed` }
        : {}),
    },
    ...(await Promise.all(given.ports.map(tryPort))),
    ...tools,
  ];
  return { findings, cores, freeBytes, versions: tools.map(({ line }) => line) };
}

/** Free space where the directory is or will be. */
async function freeAt(directory: string): Promise<number> {
  for (let at = directory; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}

function tryPort(address: string): Promise<Finding> {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "something listens there already (find it: ss -ltnp)" : error.message;
      done({ line: `${address} is not free`, problem: `${address}: ${why}` });
    });
    server.listen(Number(port), host, () => server.close(() => done({ line: `${address} is free` })));
  });
}

function tryTool(
  { run, version }: Params["tools"][number],
  { cwd, env, signal }: Pick<ActionContext, "cwd" | "env" | "signal">,
) {
  const [program = "", ...args] = run;
  const shown = run.join(" ");
  return new Promise<Finding>((done) => {
    execFile(
      program,
      args,
      { cwd, env: { ...process.env, ...env }, signal, timeout: 30_000 },
      (error, stdout, stderr) => {
        const said = `${stdout}${stderr}`.trim().split("\n")[0] ?? "";
        const code = (error as NodeJS.ErrnoException | null)?.code;
        if (code === "ENOENT")
          done({ line: `${program}: not found`, problem: `${program} is not installed or not on the PATH` });
        else if (error !== null)
          done({ line: `${shown}: failed`, problem: `${shown} fails: ${said || error.message}` });
        else if (version !== undefined && !new RegExp(version).test(`${stdout}${stderr}`)) {
          done({ line: `${shown}: ${said}`, problem: `${shown} says "${said}", which is not like /${version}/` });
        } else done({ line: `${shown}: ${said}` });
      },
    );
  });
}

function gigabytes(bytes: number): string {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
