import { join } from "node:path";
import type { WriteStream } from "node:tty";
import type { RunOutcome } from "../domain/ports.ts";
import { openStateDir } from "../journal/index.ts";
import type { StageOptions } from "../tui/shell/stage.ts";
import { lean } from "./screen/lean.ts";
import type { Seat } from "./screen/run-source.ts";
import type { Loaded } from "./session/load.ts";
import { readState } from "./session/read-state.ts";
import { UsageError } from "./session/usage-error.ts";

export type ScreenRequest = Seat & {
  readonly color: boolean;
  /** Shows the record of a run that nobody carries on. */
  readonly record?: boolean;
};

/** Opens the full screen on a run until it ends or the operator leaves; a run that is left goes on. */
export async function attachScreen(request: ScreenRequest): Promise<RunOutcome> {
  const { runDir, runId } = request;
  const { takeSeat } = await import("./screen/run-source.ts");
  const seat = await takeSeat(request);
  if (!seat.live && !request.record) {
    // It was over before the screen could open.
    const { summaryOf } = await import("../tui/run/summary.ts");
    const outcome = await seat.ended;
    for (const line of summaryOf(seat.source)) process.stderr.write(`${line}\n`);
    return outcome;
  }
  const { openScreen } = await loadRunScreen();
  const end = await openScreen({
    ...stageOptions(request.color, join(runDir, "screen-debug.log")),
    source: seat.source,
    stay: !seat.live,
  });
  for (const line of end.summary) process.stderr.write(`${line}\n`);
  seat.close();
  return end.outcome ?? detached(runId);
}

export function loadRunScreen(): Promise<typeof import("../tui/screen.ts")> {
  return lean(() => import("../tui/screen.ts"));
}

export type HomeRequest = {
  readonly stateDir: string | undefined;
  readonly color: boolean;
  /** A run about which something is to be decided at once: its surroundings differ, or its runbook does. */
  readonly resolve?: { readonly runId: string; readonly withFile?: string };
};

/** Opens the home screen: what needs somebody, what runs, what can be started. */
export async function openHome(options: HomeRequest): Promise<void> {
  const stateDir = openStateDir(options.stateDir);
  const [{ openApp }, { createAppSource }] = await Promise.all([
    lean(() => import("../tui/home/open-app.ts")),
    import("./screen/app-source.ts"),
  ]);
  const summaries = await openApp({
    ...stageOptions(options.color, join(stateDir.path, "screen-debug.log")),
    source: createAppSource(stateDir),
    ...(options.resolve ? { resolve: options.resolve } : {}),
  });
  for (const line of summaries) process.stderr.write(`${line}\n`);
}

/** The screen on what is to be decided about a run; the exit code says where the run stands afterwards. */
export async function decideOnScreen(
  run: { readonly runId: string; readonly runDir: string; readonly withFile?: string | undefined },
  options: { readonly stateDir: string | undefined; readonly color: boolean },
): Promise<number> {
  const { runId, runDir, withFile } = run;
  const resolve = { runId, ...(withFile === undefined ? {} : { withFile }) };
  await openHome({ stateDir: options.stateDir, color: options.color, resolve });
  const { status } = readState(runDir).state;
  return status.kind === "paused" || status.kind === "ended" ? status.exitCode : 0;
}

/** Asks on a form for parameters that have no value yet. Throws `UsageError` when the operator leaves it. */
export async function askParamsOnScreen(
  loaded: Loaded,
  names: readonly string[],
  options: { readonly color: boolean; readonly strayFile: string },
): Promise<Readonly<Record<string, string>>> {
  const [{ askFields }, { fieldsOf, readValue }] = await Promise.all([
    lean(() => import("../tui/form/ask-page.ts")),
    import("./screen/book-source.ts"),
  ]);
  const values = await askFields({
    ...stageOptions(options.color, options.strayFile),
    title: `new run of ${loaded.runbook.name}`,
    intro: [loaded.runbook.description ?? "", "These parameters have no value yet."].filter(Boolean),
    goLabel: "start the run",
    fields: fieldsOf(loaded, false, undefined).filter(({ name }) => names.includes(name)),
    readValue,
  });
  if (values) return values;
  throw new UsageError("left without giving the parameters; nothing was started", `runsheet run ${loaded.file}`);
}

function stageOptions(color: boolean, strayFile: string): StageOptions {
  return {
    input: process.stdin,
    terminal: (process.stdout.isTTY ? process.stdout : process.stderr) as WriteStream & { fd: number },
    env: process.env,
    noColor: !color || Boolean(process.env.NO_COLOR),
    strayFile,
  };
}

function detached(runId: string): RunOutcome {
  return { exitCode: 0, summary: `left the screen; run ${runId} goes on`, next: [`runsheet attach ${runId}`] };
}
