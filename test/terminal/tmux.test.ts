import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { terminalRig } from "./rig.ts";

/** A second terminal beside the emulator of the other tests, and the one that people sit in over ssh. */
const absent = spawnSync("tmux", ["-V"]).error !== undefined;
const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const LIMIT_MS = 60_000;

const rig = terminalRig();
afterEach(() => {
  spawnSync("tmux", ["-S", socket(), "kill-server"]);
});

const socket = (): string => `${rig.bench.dir}/tmux`;
const tmux = (...args: string[]): string => execFileSync("tmux", ["-S", socket(), ...args], { encoding: "utf8" });
const screen = (): string => tmux("capture-pane", "-p", "-t", "t");

async function sees(wanted: string | RegExp): Promise<void> {
  const until = performance.now() + LIMIT_MS;
  while (!(typeof wanted === "string" ? screen().includes(wanted) : wanted.test(screen()))) {
    if (performance.now() > until) throw new Error(`never saw ${wanted}; tmux shows:\n${screen()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Types until it is seen: a dialog that has just opened does not listen yet. */
async function typeUntil(keys: readonly string[], wanted: string | RegExp): Promise<void> {
  const again = setInterval(() => tmux("send-keys", "-t", "t", ...keys), 700);
  tmux("send-keys", "-t", "t", ...keys);
  await sees(wanted).finally(() => clearInterval(again));
}

test.skipIf(absent)(
  "in tmux: a run is watched, suspended and taken back, resized, answered, and leaves its summary in the scrollback",
  async () => {
    const file = rig.bench.file(
      "a.yaml",
      `runsheet: 1
name: demo
title: Demo
steps:
  - id: one
    run: seq 1 300; until test -e go; do sleep 0.1; done; exit 3
    effect: read
    onFailure: ask
`,
    );
    const shell = "env -u CI PS1='% ' ENV= LANG=C.UTF-8 LC_ALL=C.UTF-8 /bin/sh";
    tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "100", "-y", "30", shell);
    tmux(
      "send-keys",
      "-t",
      "t",
      `XDG_STATE_HOME='${rig.bench.state}' '${process.execPath}' '${main}' run '${file}' --run-id a`,
      "Enter",
    );
    await sees("300");
    expect(screen()).toContain("demo  a  ● running");
    tmux("send-keys", "-t", "t", "C-z");
    await sees(/Stopped/);
    expect(tmux("display-message", "-p", "-t", "t", "#{alternate_on}#{cursor_flag}")).toBe("01\n");
    tmux("send-keys", "-t", "t", "fg", "Enter");
    await sees("demo  a  ● running");
    tmux("resize-window", "-t", "t", "-x", "60", "-y", "16");
    await typeUntil(["g"], /^1 *$/m);
    tmux("resize-window", "-t", "t", "-x", "110", "-y", "30");
    rig.bench.file("go", "");
    await sees("FAILED - one");
    await typeUntil(["a"], /▶ 3 {2}a {2}stop here/);
    tmux("send-keys", "-t", "t", "Enter");
    await sees("q closes");
    tmux("send-keys", "-t", "t", "q");
    await sees("next: runsheet");
    const left = screen();
    expect(left).toContain("failed: one: one ended with exit code 3");
    expect(left).toContain("  | 300");
    expect(tmux("display-message", "-p", "-t", "t", "#{alternate_on}#{cursor_flag}")).toBe("01\n");
  },
);
