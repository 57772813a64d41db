import { resolve } from "node:path";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import type { JsonObject } from "../../domain/json.ts";
import { pause } from "../../lib/pause.ts";
import { toMs } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { followCommand } from "./follow-command.ts";
import { followFile, type Position } from "./follow-file.ts";
import { Judge } from "./judge.ts";
import { type WatchOutputs, type WatchParams, watchOutputs, watchParams } from "./params.ts";

type Result = ActionResult<WatchOutputs>;
/** What one watch needs everywhere: `signal` also ends when the time is over. */
type Watch = {
  readonly given: WatchParams;
  readonly context: ActionContext;
  readonly judge: Judge;
  readonly signal: AbortSignal;
};

const CHECKPOINT_MS = 2_000;

export const watchAction = defineAction<WatchParams, WatchOutputs>({
  kind: "log.watch",
  title: "Follow a log until a line appears",
  description:
    "Follows a file (through rotation and truncation, as tail -F) or the output of a command until a line matches, `times` " +
    "times, or a line under `fail` appears. Memory is bounded: of each line at most maxLine bytes are looked at. In a file " +
    "the place is remembered, so that an interrupted watch goes on where it was; a command is started again. Fails with " +
    "log-failed-line, log-timeout, log-idle or log-ended, each with the last lines.",
  params: watchParams,
  outputs: watchOutputs,
  effect: "read",
  repeatable: true,
  async preview({ file, command, until, within }) {
    const what = file ?? (typeof command === "string" ? command : command?.join(" "));
    return {
      grade: "described",
      lines: [`would follow ${what} until /${[until].flat().join("/ or /")}/ for up to ${within}`],
    };
  },
  run: returningFileFailures(async (given, context) => {
    const earlier =
      given.file === undefined ? undefined : readCheckpoint(context.lastCheckpoint, resolve(context.cwd, given.file));
    const over = AbortSignal.timeout(Math.min(toMs(given.within), 2 ** 31 - 1));
    const signal = AbortSignal.any([context.signal, over]);
    const watch: Watch = { given, context, judge: new Judge(given, earlier?.matches ?? 0), signal };
    const result =
      given.file === undefined ? await watchCommand(watch) : await watchFile(watch, given.file, earlier?.position);
    if (result !== undefined) return result;
    if (context.signal.aborted) return failed("cancelled", `${nameOf(given)}: the watch was cancelled`, watch);
    return failed(
      "log-timeout",
      `${nameOf(given)}: no line like /${[given.until].flat().join("/ or /")}/ within ${given.within}`,
      watch,
    );
  }),
});

/** Undefined: ended by the signal. */
async function watchFile(watch: Watch, file: string, position: Position | undefined): Promise<Result | undefined> {
  const { given, context, judge, signal } = watch;
  const path = resolve(context.cwd, file);
  const options = { everyMs: toMs(given.every), maxLineBytes: given.maxLine, signal, from: position ?? given.from };
  let [lastLine, saved, savedMatches] = [performance.now(), performance.now(), judge.matches];
  let unsaved: Position | undefined;
  for await (const next of followFile(path, options)) {
    const now = performance.now();
    if (next.kind === "line") {
      lastLine = now;
      unsaved = next.position;
      const result = judgeLine(watch, next.line);
      if (result !== undefined) return result;
    } else if (isIdle(given, now - lastLine)) return idleFailure(watch);
    if (unsaved !== undefined && (judge.matches > savedMatches || now - saved > CHECKPOINT_MS)) {
      await context.checkpoint({ path, position: unsaved, matches: judge.matches });
      [saved, savedMatches, unsaved] = [now, judge.matches, undefined];
    }
    showProgress(watch, next.kind === "idle" && !next.exists ? "waiting for the file" : undefined);
  }
  return undefined;
}

async function watchCommand(watch: Watch): Promise<Result | undefined> {
  const { given, context, signal } = watch;
  // A command works in the surroundings that a `run` step would have, the step's own `env` on top.
  const env = { ...process.env, ...context.env };
  const idle = new IdleTimer(given.idle === undefined ? undefined : toMs(given.idle));
  const both = AbortSignal.any([signal, idle.signal]);
  try {
    for (;;) {
      const options = {
        command: given.command ?? [],
        cwd: context.cwd,
        env,
        maxLineBytes: given.maxLine,
        signal: both,
      };
      let how = "";
      let started = true;
      for await (const next of followCommand(options)) {
        if (next.kind === "ended") ({ how, started } = next);
        else {
          idle.touch();
          const result = judgeLine(watch, next.line);
          if (result !== undefined) return result;
          showProgress(watch);
        }
      }
      if (idle.signal.aborted && !signal.aborted) return idleFailure(watch);
      if (signal.aborted) return undefined;
      if (!started) return failed("log-command-failed", `${nameOf(given)} cannot be started: ${how}`, watch, false);
      if (!given.restart) return failed("log-ended", `${nameOf(given)} ended ${how} before a line matched`, watch);
      context.log(`${nameOf(given)} ended ${how}; starting it again`);
      await pause(toMs(given.every), both);
    }
  } finally {
    idle.stop();
  }
}

function judgeLine(watch: Watch, line: string): Result | undefined {
  const judged = watch.judge.look(line);
  if (judged.kind === "go-on") return undefined;
  watch.context.log(line);
  if (judged.kind === "matched") return undefined;
  if (judged.kind === "found") return { kind: "ok", outputs: judged.outputs };
  return failed(
    "log-failed-line",
    `${nameOf(watch.given)}: a line matched /${judged.pattern}/: ${judged.line.slice(0, 500)}`,
    watch,
    false,
  );
}

function showProgress({ given, context, judge }: Watch, note?: string): void {
  const shown = note ?? `${judge.lines} lines read`;
  context.progress({ done: judge.matches, total: given.times, unit: "matching lines", note: shown });
}

function isIdle({ idle }: WatchParams, quietMs: number): boolean {
  return idle !== undefined && quietMs > toMs(idle);
}

function idleFailure(watch: Watch): Result {
  return failed("log-idle", `${nameOf(watch.given)}: no new line for ${watch.given.idle}`, watch);
}

function failed(code: string, message: string, { context, judge }: Watch, retryable?: boolean): Result {
  for (const line of judge.tail) context.log(`  ${line}`);
  const hint =
    judge.tail.length === 0 ? "the log was empty; is it the right one?" : "the last lines stand in the step's log";
  const details: JsonObject = { lastLines: [...judge.tail] };
  const result: Failure = failure(code, message, { hint, details, ...(retryable === undefined ? {} : { retryable }) });
  return { kind: "failed", failure: result };
}

function nameOf({ file, command }: WatchParams): string {
  return file ?? (typeof command === "string" ? command : (command ?? []).join(" "));
}

function readCheckpoint(value: unknown, path: string): { position: Position; matches: number } | undefined {
  const saved = value as { path?: string; position?: Position; matches?: number } | undefined | null;
  if (saved?.path !== path || saved.position === undefined) return undefined;
  return { position: saved.position, matches: saved.matches ?? 0 };
}

/** A signal that is aborted when `touch` was not called for `ms`. */
class IdleTimer {
  readonly #controller = new AbortController();
  readonly #ms: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number | undefined) {
    this.#ms = ms;
    this.touch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    if (this.#timer !== undefined) this.#timer.refresh();
    else if (this.#ms !== undefined)
      this.#timer = setTimeout(() => this.#controller.abort(), Math.min(this.#ms, 2 ** 31 - 1));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
