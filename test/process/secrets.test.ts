import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { readEntries } from "./executor.ts";
import { createRig, isRunning, kill, openFiles, until } from "./rig.ts";
import { createRun, type Run } from "./run-rig.ts";

const secrets = Array.from({ length: 40 }, (_, n) => {
  const text = randomBytes(6 + n).toString("base64url");
  return n % 4 === 0 ? `${text}/+ "'&<ä${n}` : n % 4 === 1 ? randomBytes(12).toString("hex") : text;
});
const talkative = `exec "${process.execPath}" "${join(import.meta.dirname, "talkative.cjs")}"`;

test("forty secrets reach no file, no argument list and no process table, whoever is killed on the way", async () => {
  for (const victim of ["nobody", "executor", "redactor", "everybody"]) {
    const run = createRun(talkative);
    const watch = watchArguments();
    const executor = run.execute(1, {}, secrets);
    const out = join(run.dir, "attempts/step-1.1/out");
    await until("there is some output", () => existsSync(out) && statSync(out).size > 300);
    for (const pid of victimsOf(victim, run, executor.pid)) kill(pid);
    writeFileSync(join(run.dir, "go"), "");
    const outcome = await executor.exited;
    if (outcome === "SIGKILL") await run.execute(1, {}, secrets).exited;
    expect(await watch.end()).toEqual([]);
    expect(findSecrets(run.dir)).toBe("");
    const [ended] = readEntries(run.dir).filter((entry) => entry.kind === "ended");
    const end = victim === "nobody" || victim === "executor" ? "exited" : "lost or signalled";
    expect(end).toContain(ended?.end.kind);
    if (end === "exited") {
      const text = readFileSync(out, "utf8") + readFileSync(join(run.dir, "attempts/step-1.1/err"), "utf8");
      expect(text.split("\n").length - 1).toBeGreaterThanOrEqual(400);
      expect(text.match(/\*\*\*/g)?.length).toBeGreaterThanOrEqual(400);
    }
  }
});

test("masking keeps exit code and signal of the command, and tells both streams apart", async () => {
  const rig = createRig();
  const { running, dir } = await rig.start("echo 'out: my-secret'; echo 'err: my-secret' >&2; exit 42", {
    secrets: ["my-secret"],
  });
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 42, output: { outBytes: 9, errBytes: 9 } });
  expect((await rig.processes.output(dir, "out", 100)).text).toBe("out: ***\n");
  expect((await rig.processes.output(dir, "err", 100)).text).toBe("err: ***\n");
  const killed = await rig.start("echo my-secret; kill -TERM $$", { secrets: ["my-secret"] });
  expect(await killed.running.ended).toMatchObject({ kind: "signalled", signal: "SIGTERM", output: { outBytes: 4 } });
});

test("a secret that is only handed over by the environment is masked without being listed", async () => {
  const rig = createRig();
  const argv = ["/bin/sh", "-c", 'echo "$TOKEN"'];
  const { running, dir } = await rig.start(argv, {
    command: { argv, shown: "echo", secretEnv: { TOKEN: "tok-tok-tok" } },
  });
  await running.ended;
  expect(readFileSync(join(dir, "out"), "utf8")).toBe("***\n");
});

test("a command that opens /dev/stderr anew loses nothing of what it printed before", async () => {
  const rig = createRig();
  const { running, dir } = await rig.start("echo 1 >&2; echo 2 > /dev/stderr; echo 3 | tee /dev/stderr; echo 4 >&2");
  await running.ended;
  expect(readFileSync(join(dir, "err"), "utf8")).toBe("1\n2\n3\n4\n");
});

test("a redactor that was killed is replaced for the next command, and the last one is in doubt", async () => {
  const rig = createRig();
  const first = await rig.start("echo one; while [ ! -e go ]; do sleep 0.01; done; echo two", {
    secrets: ["some-secret"],
  });
  await until("some output", () => statSync(join(first.dir, "out")).size > 0);
  for (const pid of redactorsOf(rig.dir)) kill(pid);
  writeFileSync(join(rig.dir, "go"), "");
  const end = await first.running.ended;
  // What it writes next meets a broken pipe.
  expect(end).toMatchObject({ kind: "lost" });
  expect(end.kind === "lost" && end.evidence.join("\n")).toContain("the output is incomplete");
  const second = await rig.start("echo some-secret", { secrets: ["some-secret"] });
  expect(await second.running.ended).toMatchObject({ kind: "exited", exitCode: 0, output: { outBytes: 4 } });
});

test("the redactor outlives the executor's handle and ends with its last attempt", async () => {
  const rig = createRig();
  const { running, dir } = await rig.start("while [ ! -e go ]; do sleep 0.01; done; echo some-secret", {
    secrets: ["some-secret"],
  });
  const redactors = redactorsOf(rig.dir);
  expect(redactors).toHaveLength(1);
  rig.processes.close();
  writeFileSync(join(rig.dir, "go"), "");
  await running.ended;
  expect(readFileSync(join(dir, "out"), "utf8")).toBe("***\n");
  await until("the redactor is gone", () => !redactors.some(isRunning));
});

/** Looks at the arguments of all processes, ours and others', as often as it can. */
function watchArguments(): { end(): Promise<string[]> } {
  const seen = new Set<string>();
  let over = false;
  const looking = (async () => {
    for (let turn = 0; !over; turn++) {
      const lines = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(argumentsOf);
      if (turn % 50 === 0) lines.push(spawnSync("ps", ["axww", "-o", "args"]).stdout.toString("latin1"));
      for (const line of lines)
        if (secrets.some((secret) => line.includes(Buffer.from(secret).toString("latin1")))) seen.add(line);
      await delay(5);
    }
  })();
  return {
    end: async () => {
      over = true;
      await looking;
      return [...seen];
    },
  };
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

/** As somebody would who has got the directory: what `grep` finds of the secrets and of their encodings. */
function findSecrets(dir: string): string {
  const patterns = secrets.flatMap((secret) => [
    secret,
    Buffer.from(secret).toString("base64").replace(/.?=*$/, ""),
    Buffer.from(secret).toString("base64url").replace(/.$/, ""),
    Buffer.from(`user:${secret}`).toString("base64").slice(8, -4),
    Buffer.from(secret).toString("hex"),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const beside = mkdtempSync(join(tmpdir(), "runsheet-patterns-"));
  onTestFinished(() => rmSync(beside, { recursive: true, force: true }));
  writeFileSync(join(beside, "patterns"), `${patterns.join("\n")}\n`);
  const found = spawnSync("grep", ["-raoF", "-D", "skip", "-f", join(beside, "patterns"), dir], { encoding: "utf8" });
  expect(found.status).toBe(1);
  return found.stdout;
}

function victimsOf(victim: string, run: Run, executor: number): number[] {
  switch (victim) {
    case "executor":
      return [executor];
    case "redactor":
      return redactorsOf(run.dir);
    case "everybody":
      return [executor, ...run.members()];
    default:
      return [];
  }
}

function redactorsOf(dir: string): number[] {
  const pids = execFileSync("sh", ["-c", "grep -lsaz redactor-main /proc/[0-9]*/cmdline || true"], {
    encoding: "utf8",
  });
  return [...pids.matchAll(/\d+/g)].map(Number).filter((pid) => openFiles(pid).some((path) => path.startsWith(dir)));
}
