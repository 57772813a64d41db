import { once } from "node:events";
import { join } from "node:path";
import { type IPty, spawn } from "node-pty";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { has } from "../rig/processes.ts";
import { Bench } from "../rig/runsheet.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

let bench: Bench;
beforeAll(async () => {
  bench = new Bench();
  // Whatever is entered in the end is shown instead of done; only the completion's own questions reach the program.
  bench.file(
    "bin/runsheet",
    `#!/bin/sh
case $1 in completion|complete-words) exec "${process.execPath}" "${main}" "$@" ;; esac
echo "entered <$*>"
`,
    0o755,
  );
  const book = "runsheet: 1\nname: look\nsteps: [{ id: sure, confirm: Sure? }]\n";
  await bench.run(["run", bench.file("look.yaml", book), "--run-id", "waiting-run"]);
});
afterAll(() => bench.remove());

const shells = [
  { name: "bash", args: ["--norc", "-i"], setup: 'eval "$(runsheet completion bash)"' },
  {
    name: "zsh",
    args: ["-f", "-i"],
    setup: 'autoload -Uz compinit; compinit -u -D; eval "$(runsheet completion zsh)"',
  },
  { name: "fish", args: ["--no-config", "-i"], setup: "runsheet completion fish | source" },
] as const;

/** What is typed up to the tab, and what has been entered when Enter follows at once. */
const typed: readonly (readonly [string, string])[] = [
  ["resol", "resolve"],
  ["run replay-p", "run replay-plan"],
  ["status wait", "status waiting-run"],
  ["answer waiting-run su", "answer waiting-run sure"],
  ["resume --accept-con", "resume --accept-context"],
  ["report --format ht", "report --format html"],
  ["state veri", "state verify"],
  ["validate look.y", "validate look.yaml"],
];

for (const { name, args, setup } of shells) {
  const there = has(name, "-c", "exit 0");
  describe.skipIf(!there)(`completion in ${name}${there ? "" : " (skipped: it is not installed)"}`, () => {
    test("finishes verbs, runbooks, runs, steps, options, their values, and files", async () => {
      const shell = start(name, args);
      shell.pty.write(`${setup}; echo set''up\r`);
      await shell.shows("setup\r\n");
      for (const [begun, entered] of typed) {
        shell.pty.write(`runsheet ${begun}\t\r`);
        await shell.shows(`entered <${entered}>`);
      }
      shell.pty.kill("SIGKILL");
      await shell.ended;
    });
  });
}

function start(
  name: string,
  args: readonly string[],
): {
  readonly pty: IPty;
  readonly ended: Promise<unknown>;
  shows(text: string): Promise<void>;
} {
  const pty = spawn(name, [...args], {
    cwd: bench.dir,
    cols: 120,
    rows: 40,
    env: {
      ...process.env,
      PATH: `${join(bench.dir, "bin")}:${process.env.PATH}`,
      XDG_STATE_HOME: bench.state,
      HOME: bench.dir,
      TERM: "xterm",
      PS1: "$ ",
    },
  });
  let said = "";
  const more = new EventTarget();
  pty.onData((text) => {
    said += text;
    more.dispatchEvent(new Event("data"));
  });
  return {
    pty,
    ended: new Promise((resolve) => pty.onExit(resolve)),
    shows: async (text) => {
      const signal = AbortSignal.timeout(60_000);
      while (!said.includes(text)) {
        await once(more, "data", { signal }).catch(() => expect.fail(`${name} did not show ${text}, but:\n${said}`));
      }
      said = said.slice(said.indexOf(text) + text.length);
    },
  };
}
