import type { PodContainer } from "../pod-host.ts";

export type ProgramResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Programs that look at or signal processes: they must see the simulated ones and never those of this machine. */
export const processPrograms = ["pkill", "kill", "killall", "pgrep", "pidof", "ps", "hostname"];

/** Runs one of `processPrograms` against the pod's simulated processes. */
export function runProcessProgram(argv: readonly string[], hostname: string, container: PodContainer): ProgramResult {
  const [program = "", ...args] = argv;
  const names = args.filter((arg) => !arg.startsWith("-"));
  const table = container.processes().map((name, at) => ({ pid: at === 0 ? 1 : at + 6, name }));
  if (program === "hostname") return out(`${hostname}\n`);
  if (program === "ps") {
    const lines = table.map(({ pid, name }) => `${String(pid).padStart(7)} ?        00:00:00 ${name}`);
    return out(`    PID TTY          TIME CMD\n${lines.join("\n")}\n`);
  }
  if (program === "pgrep" || program === "pidof") {
    const found = table.filter(({ name }) => names.includes(name)).map(({ pid }) => pid);
    const text = found.join(program === "pidof" ? " " : "\n");
    return found.length === 0 ? { code: 1, stdout: "", stderr: "" } : out(`${text}\n`);
  }
  const signal = signalOf(args);
  if (signal === undefined) return { code: 2, stdout: "", stderr: `${program}: the lab knows TERM, KILL and 0 only\n` };
  const wanted =
    program === "kill" ? table.filter(({ pid }) => names.includes(String(pid))).map(({ name }) => name) : names;
  const present = wanted.filter((name) => table.some((entry) => entry.name === name));
  if (present.length === 0) {
    return { code: 1, stdout: "", stderr: program === "kill" ? `kill: (${names.join(" ")}) - No such process\n` : "" };
  }
  if (signal !== "0") for (const name of present) container.signal(name, signal);
  return out("");
}

function signalOf(args: readonly string[]): "TERM" | "KILL" | "0" | undefined {
  const at = args.findIndex((arg) => /^(-s|--signal)$/.test(arg));
  const given = at >= 0 ? args[at + 1] : args.find((arg) => /^-(SIG)?[A-Z]{3,}$|^-\d+$|^--signal=/.test(arg));
  const name = (given ?? "TERM").replace(/^(-|--signal=)/, "").replace(/^SIG/, "");
  if (name === "TERM" || name === "15") return "TERM";
  if (name === "KILL" || name === "9") return "KILL";
  return name === "0" ? "0" : undefined;
}

function out(stdout: string): ProgramResult {
  return { code: 0, stdout, stderr: "" };
}
