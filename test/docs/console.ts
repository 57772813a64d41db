import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Block, blocksAndHidden, fileNameOf, type Page } from "./pages.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/**
 * Carries a page's `run` blocks out in order, in `dir` as working directory and home, and returns where the page shows
 * something else than what was printed. `console` blocks hold commands behind `$ ` and their output; a line `...` stands for
 * any lines, and `...` in a line for any text. Times, durations, run ids and pids may differ.
 */
export function runConsole(page: Page, dir: string): readonly string[] {
  const bin = join(dir, ".bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "runsheet"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  const differences: string[] = [];
  for (const block of blocksAndHidden(page)) {
    const name = fileNameOf(block);
    if (name !== undefined) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), block.text, { mode: block.text.startsWith("#!") ? 0o755 : 0o644 });
    }
    if (!block.words.includes("run")) continue;
    const shown = block.language === "console" ? commandsOf(block) : [{ command: block.text, output: undefined }];
    const printed = carryOut(
      shown.map(({ command }) => command),
      dir,
      bin,
    );
    for (const [index, { command, output }] of shown.entries()) {
      if (output === undefined || agrees(output, printed[index] ?? "")) continue;
      differences.push(`${block.place}: ${command}\nshown:\n${output}\nprinted:\n${printed[index]}`);
    }
  }
  return differences;
}

type Shown = { readonly command: string; readonly output: string | undefined };

function commandsOf(block: Block): readonly Shown[] {
  return block.text
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const lines = text.split("\n");
      const until = lines.findIndex((line) => !line.endsWith("\\"));
      return { command: lines.slice(0, until + 1).join("\n"), output: lines.slice(until + 1).join("\n") };
    });
}

const MARK = "\u001e";

/** One shell for a block, so that \`$?\` and variables are known to the next command. */
function carryOut(commands: readonly string[], dir: string, bin: string): readonly string[] {
  const script = commands.map((command) => `${command}\n__code=$?; printf '\\036'; (exit $__code)\n`).join("");
  const done = spawnSync("/bin/sh", ["-c", `exec 2>&1\n${script}`], {
    cwd: dir,
    encoding: "utf8",
    timeout: 120_000,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: dir,
      XDG_STATE_HOME: join(dir, ".state"),
      NO_COLOR: "1",
      USER: "ada",
    },
  });
  return done.stdout.split(MARK);
}

function agrees(shown: string, printed: string): boolean {
  const wanted = steady(shown)
    .split("\n")
    .map((line) => (line.trim() === "..." ? "(?:.*\\n)*?" : `${escaped(line).replaceAll("\\.\\.\\.", ".*")}\\n`))
    .join("");
  return new RegExp(`^${wanted}$`).test(`${steady(printed)}\n`);
}

/** What differs from run to run, made equal. */
function steady(text: string): string {
  return text
    .trimEnd()
    .replace(/\d\d\d\d-\d\d-\d\d \d\d:\d\d(:\d\dZ?)?/g, "DATE")
    .replace(/\b\d\d:\d\d:\d\d\b/g, "TIME")
    .replace(/r-\d{8}-\d{6}-[a-z0-9]{4}/g, "RUN")
    .replace(/\b\d+(\.\d)? (ms|s|min)( \d+ s)?\b/g, "TOOK")
    .replace(/\bpid \d+/g, "pid N")
    .replace(/\b[a-z_][\w.-]*@[\w.-]+/gi, "WHO")
    .replace(/(TOOK|DATE)\s+/g, "$1 ")
    .replace(/ +$/gm, "");
}

function escaped(line: string): string {
  return line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
