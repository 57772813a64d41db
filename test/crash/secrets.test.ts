import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Bench } from "../rig/runsheet.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const text = `runsheet: 1
name: secret
title: Secrets
params: { pass: { type: secret } }
secrets:
  token: { env: THE_TOKEN }
  filed: { file: token.txt }
  made: { command: cat made.txt }
context: { who: { run: 'echo context' } }
steps:
  - id: print
    effect: read
    env: { FROM_ENV: "\${{ secrets.filed }}" }
    run: |
      printf 'plain %s\\n' \${{ secrets.token }}
      printf '%s' \${{ secrets.token }} | cut -c1-9 | tr -d '\\n'; sleep 0.1; printf '%s' \${{ secrets.token }} | cut -c10-
      printf '%s' \${{ secrets.made }} | base64
      printf 'x%s' \${{ secrets.made }} | base64
      echo "$FROM_ENV" >&2
      printf 'param %s\\n' \${{ secrets.pass }}
      cat /proc/$$/cmdline | tr '\\0' ' ' >> cmdline
    outputs: { all: "\${{ stdout }}" }
  - id: leak
    idempotent: true
    run: 'echo "it was" \${{ steps.print.outputs.all }}; exit 3'
`;

test("a secret reaches no argument, journal, log, answer, screen or report, in no encoding", async () => {
  const secrets = Object.fromEntries(
    ["token", "filed", "made", "pass"].map((name) => [name, `${name}-${randomBytes(12).toString("hex")}`]),
  );
  bench.file("token.txt", `${secrets.filed}\n`);
  bench.file("made.txt", `${secrets.made}\n`);
  const file = bench.file("book.yaml", text);
  const params = bench.file("params.yaml", `pass: ${secrets.pass}\n`);
  const started = bench.start(["run", file, "--run-id", "k", "--headless", "--events", "--params", params], {
    env: { THE_TOKEN: secrets.token as string },
  });
  const seen: string[] = [];
  const sampling = setInterval(() => seen.push(...commandLines()), 20);
  const result = await started.result;
  clearInterval(sampling);
  expect(result.stdout).toContain("plain ***");
  expect(result.code).toBe(1);
  const outputs = [result.stdout, result.stderr, seen.join("\n"), readFileSync(`${bench.dir}/cmdline`, "utf8")];
  for (const format of ["markdown", "html", "json", "junit"])
    outputs.push((await bench.run(["report", "k", "--format", format])).stdout);
  outputs.push((await bench.run(["status", "k", "--json"])).stdout, (await bench.run(["logs", "k", "--raw"])).stdout);
  expect(outputs.at(-1)).toContain("plain ***");
  for (const secret of Object.values(secrets)) {
    for (const form of forms(secret)) {
      for (const output of outputs) expect(output.includes(form), `${form} of ${secret}`).toBe(false);
      expect(filesWith(form, bench.state)).toEqual([]);
    }
  }
});

function forms(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64").replaceAll("=", "");
  return [secret, base64.slice(0, -2), Buffer.from(secret).toString("hex"), encodeURIComponent(secret)];
}

function filesWith(text: string, dir: string): readonly string[] {
  try {
    return execFileSync("grep", ["-rlaF", text, dir], { encoding: "utf8" }).trim().split("\n");
  } catch {
    return [];
  }
}

function commandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1");
      } catch {
        return "";
      }
    });
}
