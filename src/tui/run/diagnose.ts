import type { Address } from "../../domain/address.ts";
import type { Failure } from "../../domain/failure.ts";
import { nodeAt, type Plan } from "../../domain/plan.ts";
import { type FanOutState, ITEM, type RunState, type StepState } from "../../domain/state.ts";
import { duration } from "./duration.ts";
import { attemptFor } from "./view.ts";

export type Diagnosis = {
  readonly plan: Plan;
  readonly state: RunState;
  readonly nowMs: number;
  readonly logPath: (dir: string, stream: "out" | "err") => string;
  readonly lastLines: (path: string) => readonly string[];
};

/** What is known of a step and its last attempt, most useful first. Pure but for reading the end of the log. */
export function diagnose({ plan, state, nowMs, logPath, lastLines }: Diagnosis, at: Address): readonly string[] {
  const step = attemptFor(state, at) ?? state.steps.get(at);
  if (!step) return [`${at} has not begun`];
  const failed = failureIn(step);
  const node = nodeAt(plan, step.at);
  const shown = step.last?.sensitive ? undefined : step.last;
  const out = shown && logPath(shown.dir, "out");
  const err = shown && logPath(shown.dir, "err");
  const tail = out ? lastLines(out) : [];
  const errTail = err ? lastLines(err) : [];
  const notes = node?.step.notes?.source;
  return [
    ...(failed ? [failed.message, ...(failed.hint ? [`mend: ${failed.hint}`] : []), ""] : []),
    `step       ${step.at}${step.attempts > 0 ? `, try ${step.attempts}` : ""}`,
    `took       ${duration((step.endedMs ?? nowMs) - step.startedMs)}`,
    ...(step.exitCode === undefined ? [] : [`exit code  ${step.exitCode}`]),
    ...(failed ? [`code       ${failed.code}`] : []),
    ...(step.last?.identity ? [`process    ${step.last.identity.pid}`] : []),
    ...(out ? [`log        ${out}`] : []),
    ...hintsFor(step.exitCode, [...tail, ...errTail]).map((hint) => `hint       ${hint}`),
    ...(failed?.cause ? ["", ...failed.cause.split("\n").slice(0, 20)] : []),
    ...(notes ? ["", "notes of the runbook:", ...notes.trim().split("\n")] : []),
    ...failedItems(step.fan),
    ...(errTail.length > 0 ? ["", "standard error, last lines:", ...errTail.map((line) => `| ${line}`)] : []),
    ...(tail.length > 0 ? ["", "output, last lines:", ...tail.map((line) => `| ${line}`)] : []),
  ];
}

export function failureIn(step: StepState): Failure | undefined {
  const phase = step.phase.kind === "asking" ? step.phase.after : step.phase;
  if (phase.kind === "failed" || phase.kind === "halted") return phase.failure;
  if (phase.kind === "waiting") return phase.failure;
  return phase.kind === "ended" && phase.result.kind === "failed" ? phase.result.failure : undefined;
}

const MAX_ITEMS = 20;

function failedItems(fan: FanOutState | undefined): readonly string[] {
  if (!fan || fan.failures.size === 0) return [];
  const lines = [...fan.failures]
    .slice(0, MAX_ITEMS)
    .filter(([position]) => fan.status[position] === ITEM.failed)
    .map(([position, failed]) => `${fan.keys[position]}: ${failed.message}`);
  const more = fan.failures.size - MAX_ITEMS;
  return ["", `${fan.failures.size} failed items:`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}

const BY_EXIT: { readonly [code: number]: string } = {
  124: "124 is what timeout(1) gives when the time was up",
  126: "126: the command was found but may not be executed (chmod +x, or a directory mounted noexec)",
  127: "127: the command was not found; is it installed here, and in PATH?",
  130: "130: ended by ctrl-c (SIGINT)",
  137: "137: killed (SIGKILL), often by the kernel for want of memory: see `dmesg | tail`",
  139: "139: it crashed (SIGSEGV)",
  143: "143: somebody asked it to end (SIGTERM)",
  255: "255 is what ssh gives when the connection itself failed",
};

const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/no space left on device|ENOSPC/i, "a disk is full: df -h, df -i"],
  [/permission denied|EACCES|EPERM/i, "permission denied: which user runs it, and who owns the file?"],
  [/connection refused|ECONNREFUSED/i, "nobody listens there: is the service up, is the port right?"],
  [/could not resolve|ENOTFOUND|name or service not known/i, "a host name does not resolve: DNS, or a slip of the pen"],
  [/timed? ?out|ETIMEDOUT/i, "something did not answer in time: network, or an overloaded service"],
  [/certificate|x509|TLS handshake/i, "TLS: an expired or unknown certificate, or a wrong clock"],
  [/too many open files|EMFILE/i, "too many open files: ulimit -n"],
  [/cannot allocate memory|out of memory|ENOMEM/i, "out of memory: free -h"],
  [/command not found/i, "a command is missing: is it installed here, and in PATH?"],
];

/** What exit codes and common words in the last lines usually mean. */
export function hintsFor(exitCode: number | undefined, lines: readonly string[]): readonly string[] {
  const text = lines.join("\n");
  const byExit = exitCode === undefined ? undefined : BY_EXIT[exitCode];
  return [...(byExit ? [byExit] : []), ...BY_WORDS.filter(([words]) => words.test(text)).map(([, hint]) => hint)];
}
