import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";
import type { Terminal } from "./terminal.ts";

const bare = fileURLToPath(new URL("bare-screen.ts", import.meta.url));

const rig = terminalRig();

/** A shell in the terminal starts the screen, so that the terminal can be looked at afterwards. */
function inShell(way: string): Terminal {
  return rig.open([], {
    command: ["/bin/sh", "-i"],
    env: { PS1: "% ", ENV: "", NODE: process.execPath, BARE: bare, WAY: way },
  });
}

/** Everything that the screen turned on is off again: modes, cursor, alternate screen, raw input. */
async function expectRestored(shell: Terminal): Promise<void> {
  await shell.typeUntil(
    'stty -a | grep -c -w "icanon" | sed "s/^/cooked=/"; stty -a | grep -o -w -- "-echo" || echo echoes\r',
    /^cooked=1$/m,
  );
  await shell.sees(/^echoes$/m);
  expect(shell.onAlternateScreen).toBe(false);
  for (const mode of ["?1049", "?1004", "?2004"]) {
    expect(shell.raw.lastIndexOf(`\u001b[${mode}l`), mode).toBeGreaterThanOrEqual(
      shell.raw.lastIndexOf(`\u001b[${mode}h`),
    );
  }
  expect(shell.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(shell.raw.lastIndexOf("\u001b[?25l"));
  expect(shell.raw.lastIndexOf("\u001b[?7h")).toBeGreaterThan(shell.raw.lastIndexOf("\u001b[?7l"));
  expect(shell.raw).toContain("\u001b]9;4;0\u0007");
  expect(shell.raw.match(/\u001b\[22;0t/g)?.length).toBe(shell.raw.match(/\u001b\[23;0t/g)?.length);
}

const START = '"$NODE" "$BARE" "$WAY"\r';

test.each(["throw", "reject", "exit"])("a screen that ends by %s leaves the terminal as it was", async (way) => {
  const shell = inShell(way);
  await shell.typeUntil("", "% ");
  shell.type(START);
  await shell.sees(/(?:a bug of the screen|% $)/m);
  await expectRestored(shell);
  if (way === "throw") expect(shell.text()).toContain("a bug of the test");
});

test.each(["INT", "TERM", "HUP", "QUIT"])("SIG%s leaves the terminal as it was", async (signal) => {
  const shell = inShell("wait");
  await shell.sees("% ");
  shell.type(START);
  await shell.sees("ready");
  process.kill(screenPid(shell), `SIG${signal}`);
  await expectRestored(shell);
});

test("a stop from outside gives the terminal back, and fg takes it again", async () => {
  const shell = inShell("wait");
  await shell.sees("% ");
  shell.type(START);
  await shell.sees("ready");
  process.kill(screenPid(shell), "SIGTSTP");
  await expectRestored(shell);
  shell.type("fg\r");
  await shell.sees("ready");
  expect(shell.onAlternateScreen).toBe(true);
  process.kill(screenPid(shell), "SIGTERM");
  await expectRestored(shell);
});

/** The shell's child that is the screen of this test. */
function screenPid(shell: Terminal): number {
  const children = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(shell.pty.pid)], { encoding: "utf8" });
  const line = children.split("\n").find((candidate) => candidate.includes(bare));
  return Number(line?.trim().split(" ")[0]);
}
