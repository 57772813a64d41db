import { resolve } from "node:path";
import { type Address, childAddress, parentOf, ROOT } from "../domain/address.ts";
import type { AttemptEnd } from "../domain/attempt.ts";
import { failure } from "../domain/failure.ts";
import { type LeafNode, nodeAt } from "../domain/plan.ts";
import type { RunningAttempt } from "../domain/ports.ts";
import type { ServiceStop, StepBody } from "../domain/runbook.ts";
import { awaitEnd, release } from "./attempt-command.ts";
import type { Task } from "./perform.ts";
import { commandRequest, poll } from "./probe.ts";
import type { Run } from "./run.ts";
import { stepFailed } from "./start.ts";

type ServiceBody = Extract<StepBody, { kind: "service" }>;

/** Starts a background process and ends the step when its readiness probe says yes; the process lives on. */
export async function startService(
  run: Run,
  at: Address,
  node: LeafNode,
  body: ServiceBody,
  task: Task,
): Promise<void> {
  const request = commandRequest(run, at, body.command);
  if (request.kind === "failed") return run.record([stepFailed(run, at, request.failure)]);
  const released = await release(run, at, node, request.value);
  if (!released) return;
  return awaitReady(run, at, node, released.n, released.attempt, task, false);
}

/** Ready, or ended before it was: an ending service that nobody wanted to end has failed. */
export async function awaitReady(
  run: Run,
  at: Address,
  node: LeafNode,
  n: number,
  attempt: RunningAttempt,
  task: Task,
  observedLate: boolean,
): Promise<void> {
  const { ready, stop } = node.step.body as ServiceBody;
  const verdict = ready ? poll(run, at, ready) : Promise.resolve({ kind: "yes", note: "no probe" } as const);
  const first = await Promise.race([verdict, attempt.ended.then(() => "ended" as const)]);
  // Not ready because the run stops: the process lives on, the next executor asks again.
  if (first === undefined) return;
  if (first === "ended") return awaitEnd(run, at, node, n, attempt, task, observedLate);
  if (first.kind === "yes") {
    watch(run, at, n, attempt);
    return run.record([
      { type: "service-ready", at, n },
      { type: "step-ended", at, result: { kind: "done", how: "probe" } },
    ]);
  }
  await stopProcess(run, attempt, stop);
  const failed = failure("not-ready", `service ${at} did not become ready: ${first.note}`, {
    hint: `see its log: runsheet logs ${run.state.created?.runId} --step ${at}`,
  });
  return run.record([{ type: "attempt-ended", at, n, outcome: { kind: "failed", failure: failed }, observedLate }]);
}

/** Services of an earlier executor are found again, or found dead. */
export async function adoptServices(run: Run): Promise<void> {
  for (const { at, n, last } of [...run.state.services.values()]) {
    const attempt = await run.processes.adopt({
      dir: resolve(run.runDir, last.dir),
      attemptId: last.attemptId,
      ...(last.identity ? { identity: last.identity } : {}),
    });
    const dead = await Promise.race([attempt.ended, Promise.resolve(undefined)]);
    if (dead) {
      // It died while nobody needed it; it is started again before the run goes on.
      await run.record([
        { type: "service-ended", at, n, wanted: false, ...exitOf(dead) },
        { type: "step-reopened", at, actor: run.actor },
      ]);
    } else watch(run, at, n, attempt);
  }
}

function watch(run: Run, at: Address, n: number, attempt: RunningAttempt): void {
  run.services.set(at, attempt);
  void attempt.ended.then(async (end) => {
    if (run.services.get(at) !== attempt) return;
    run.services.delete(at);
    const failed = failure("service-ended", `service ${at} ended by itself while it was needed`, {
      hint: `see its log: runsheet logs ${run.state.created?.runId} --step ${at}; resume starts it again`,
      retryable: false,
    });
    await run
      .record([
        { type: "service-ended", at, n, wanted: false, ...exitOf(end) },
        { type: "step-reopened", at, actor: run.actor },
        { type: "step-halted", at, failure: failed },
      ])
      // The journal's failure reaches the loop through the next move.
      .catch(() => {});
    run.wake();
  });
}

/** At the end of the run: last started, first stopped. */
export async function stopServices(run: Run): Promise<void> {
  for (const at of [...run.services.keys()].reverse()) await stopOne(run, at);
}

/** At the end of an item or group: what was started inside it. */
export async function stopServicesInside(run: Run, group: Address): Promise<void> {
  for (const at of [...run.services.keys()].reverse()) if (at.startsWith(`${group}/`)) await stopOne(run, at);
}

async function stopOne(run: Run, at: Address): Promise<void> {
  const attempt = run.services.get(at) as RunningAttempt;
  const service = run.state.services.get(at);
  // From here on its end is wanted.
  run.services.delete(at);
  const body = nodeAt(run.plan, at)?.step.body as ServiceBody;
  await stopProcess(run, attempt, body.stop);
  const end = await attempt.ended;
  await run.record([{ type: "service-ended", at, n: service?.n ?? 0, wanted: true, ...exitOf(end) }]);
}

async function stopProcess(
  run: Run,
  attempt: RunningAttempt,
  { graceMs, repeatMs, signal }: ServiceStop,
): Promise<void> {
  const patience = run.clock.monotonicMs() + graceMs;
  const over = new AbortController();
  const stopped = attempt.stop(graceMs, signal).finally(() => over.abort());
  for (;;) {
    await run.clock.sleep(repeatMs, over.signal);
    const leftMs = patience - run.clock.monotonicMs();
    if (over.signal.aborted || leftMs <= 0) return stopped;
    void attempt.stop(leftMs, signal);
  }
}

/** The step that stops a service by name; the name is looked up like a step id, outwards. */
export async function stopServiceStep(run: Run, at: Address, service: string): Promise<void> {
  for (let group = parentOf(at); ; group = parentOf(group)) {
    const target = childAddress(group, service);
    if (nodeAt(run.plan, target)?.step.body.kind === "service") {
      if (run.services.has(target)) await stopOne(run, target);
      return run.record([{ type: "step-ended", at, result: { kind: "done", how: "attempt" } }]);
    }
    if (group === ROOT) break;
  }
  return run.record([stepFailed(run, at, failure("no-such-service", `there is no service ${service} to stop`))]);
}

function exitOf(end: AttemptEnd): { exitCode?: number; signal?: string } {
  if (end.kind === "exited") return { exitCode: end.exitCode };
  return end.kind === "signalled" ? { signal: end.signal } : {};
}
