import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/cli/first-aid/finding.ts";
import { Bench } from "../rig/runsheet.ts";

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.remove());

async function surroundings(args: readonly string[], env: NodeJS.ProcessEnv) {
  const said = await bench.run(["state", "doctor", "--json", ...args], { env });
  const { surroundings } = JSON.parse(said.stdout) as { surroundings: readonly Finding[] };
  return { code: said.code, of: (part: string) => surroundings.find((finding) => finding.part === part) };
}

describe("first aid", () => {
  test("says which optional parts are there, which do not work, and what each is for", async () => {
    bench.file("bin/kubectl", "#!/bin/sh\necho 'Client Version: v1.99.0'\necho more\n", 0o755);
    bench.file("bin/docker", "#!/bin/sh\necho 'cannot reach the daemon' >&2; exit 1\n", 0o755);
    const { code, of } = await surroundings([], { PATH: join(bench.dir, "bin") });
    expect(code).toBe(0);
    expect(of("kubectl")).toEqual({ part: "kubectl", verdict: "ok", found: "Client Version: v1.99.0" });
    expect(of("docker")).toMatchObject({ verdict: "warning", found: "does not work: cannot reach the daemon" });
    expect(of("nodeos")).toMatchObject({ verdict: "missing", advice: expect.stringContaining("replay-slices") });
    expect(of("Node.js")?.found).toContain(process.version);
    expect(of("terminal")?.found).toContain("none here");
  });

  test("a state directory that cannot be trusted is a problem with what to do, and exit code 73", async () => {
    const open = join(bench.dir, "open");
    mkdirSync(join(open, "state"), { recursive: true });
    chmodSync(open, 0o777);
    const { code, of } = await surroundings(["--state-dir", join(open, "state")], {});
    expect(code).toBe(73);
    expect(of("state directory")).toMatchObject({ verdict: "problem", advice: expect.stringContaining("chmod o-w") });
  });

  test("is told in lines that say what to do, and then looks at every run", async () => {
    const book = "runsheet: 1\nname: look\nsteps: [{ id: look, effect: read, run: echo }]\n";
    await bench.run(["run", bench.file("look.yaml", book), "--run-id", "seen"]);
    const said = await bench.run(["state", "doctor"], { env: { PATH: bench.dir } });
    expect(said.stdout).toMatch(/^missing {2}kubectl +not found\n +bp-switch/m);
    expect(said.stdout).toMatch(/^ok +seen +\d+ events, 1 attempts$/m);
  });
});
