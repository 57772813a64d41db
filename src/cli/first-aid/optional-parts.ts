import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { type Finding, ok } from "./finding.ts";

const TOOLS = [
  { name: "kubectl", args: ["version", "--client"], needs: "bp-switch, bp-backup and bp-restore need 1.30 or newer" },
  { name: "aws", args: ["--version"], needs: "only for your own runbooks; the s3 actions need no aws" },
  { name: "docker", args: ["--version"], needs: "only if your runbooks use it, e.g. to restart a scheduler unit" },
  { name: "nodeos", args: ["--version"], needs: "replay-slices needs it, on the machine that replays" },
] as const;

const PATIENCE_MS = 10_000;

/** What some runbooks need and others do not. Practising with --lab needs none of it but chDB. */
export async function optionalParts(): Promise<readonly Finding[]> {
  return [chdb(), ...(await Promise.all(TOOLS.map(tool)))];
}

function chdb(): Finding {
  const require = createRequire(import.meta.url);
  try {
    const { version } = require("chdb/package.json") as { version: string };
    return ok("chDB", `${version}: embedded ClickHouse`);
  } catch {
    return {
      part: "chDB",
      verdict: "missing",
      found: "not installed: no embedded ClickHouse",
      advice: "npm install chdb beside runsheet (x64 and arm64), or use a server: -p clickhouse=http://HOST:8123",
    };
  }
}

async function tool({ name, args, needs }: (typeof TOOLS)[number]): Promise<Finding> {
  return new Promise((resolve) => {
    execFile(name, [...args], { timeout: PATIENCE_MS, encoding: "utf8" }, (error, stdout, stderr) => {
      const [line = ""] = `${stdout}\n${stderr}`.trim().split("\n");
      if (!error) resolve(ok(name, line.trim()));
      else if (error.code === "ENOENT") resolve({ part: name, verdict: "missing", found: "not found", advice: needs });
      else
        resolve({
          part: name,
          verdict: "warning",
          found: `does not work: ${line.trim() || error.message}`,
          advice: needs,
        });
    });
  });
}
