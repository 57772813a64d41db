import type { WriteStream } from "node:tty";
import { canShowScreen } from "../terminal.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** What this terminal can show, and why there is no screen when there is none. */
export function thisTerminal(): readonly Finding[] {
  const { env, stdin, stdout, stderr } = process;
  const ends = [stdin, stdout, stderr].map((stream) => stream.isTTY === true);
  if (!ends.some(Boolean)) return [ok("terminal", "none here: runs print lines and wait for nobody")];
  const screen = stdout.isTTY ? stdout : stderr;
  const found = [env.TERM || "TERM is not set", ...(screen.isTTY ? size(screen) : []), locale()].join(", ");
  if (canShowScreen()) return [isUtf8() ? ok("terminal", `${found}; the screen opens`) : plainCharacters(found)];
  return [warning("terminal", `${found}; no screen, lines instead`, reason(ends))];
}

function size(stream: WriteStream): readonly string[] {
  const colours = { 1: "no colours", 4: "16 colours", 8: "256 colours", 24: "all colours" } as const;
  const depth = stream.getColorDepth() as keyof typeof colours;
  return [`${stream.columns}x${stream.rows}`, colours[depth] ?? "colours"];
}

function locale(): string {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return LC_ALL || LC_CTYPE || LANG || "no locale";
}

function isUtf8(): boolean {
  return /utf-?8/i.test(locale());
}

function plainCharacters(found: string): Finding {
  const advice = "lines and marks may look wrong: export LANG=C.UTF-8, or RUNSHEET_ASCII=1 for plain characters";
  return warning("terminal", `${found}; the screen opens`, advice);
}

function reason([stdin, stdout, stderr]: readonly boolean[]): string {
  const { ACCESSIBLE, INK_SCREEN_READER, RUNSHEET_PLAIN, TERM, CI } = process.env;
  const redirected = [stdin ? "" : "input", stdout ? "" : "output", stderr ? "" : "standard error"].filter(Boolean);
  if (redirected.length > 0) return `${redirected.join(" and ")} is redirected`;
  if (CI) return "the variable CI is set: unset it to be asked on this terminal";
  if (TERM === "dumb") return "TERM=dumb: export TERM=xterm-256color if the terminal can more than that";
  if (RUNSHEET_PLAIN) return "RUNSHEET_PLAIN is set: unset it to see the screen";
  if (ACCESSIBLE || INK_SCREEN_READER) return "a screen reader is announced (ACCESSIBLE): lines are read better";
  return "unset RUNSHEET_PLAIN and ACCESSIBLE to see the screen";
}
