import { parentOf, ROOT } from "../domain/address.ts";
import type {
  AttemptEnded,
  AttemptReleased,
  DoubtResolved,
  Event,
  PromptAnswered,
  StepResult,
} from "../domain/event.ts";
import type { Connection } from "./connection.ts";
import { type ProjectionSql, projectionSql } from "./projection-sql.ts";

/** Where an event stands, as far as rows need it. */
export type Recorded = { readonly seq: number; readonly wallMs: number };

/**
 * The rows that follow from events, one event at a time, in the transaction that appends it. The work per event does not
 * grow with the run. An event that contradicts the rows (a second release, an end without a release, an answer to
 * another text than was asked) violates a constraint and takes the whole transaction with it.
 *
 * The same code makes the rows anew for `verifyRun`: rows are right when they equal those made from the events.
 */
export class Projection {
  readonly #statements: ProjectionSql;
  /** Addresses of fan-outs: what lies directly below is an item. */
  readonly #fanOuts: Set<string>;

  constructor(db: Connection) {
    this.#statements = projectionSql(db);
    this.#fanOuts = new Set(this.#statements.fanOuts.all() as string[]);
  }

  apply(event: Event, at: Recorded): void {
    const sql = this.#statements;
    switch (event.type) {
      case "run-created":
        sql.created.run(event.runbook, event.runbookFile, event.runbookSha256, Number(event.lab), json(event.actor));
        return;
      case "owner-acquired": {
        const { actor, identity, version, epoch } = event;
        const owner = json({ actor, identity, version, sinceWallMs: at.wallMs });
        must(sql.acquired.run(epoch, owner, epoch), "owner-acquired: the epoch does not go on from the last one");
        return;
      }
      case "plan-changed":
        sql.planChanged.run(event.runbookSha256);
        return;
      case "run-paused":
        sql.paused.run(json(event.reason), event.exitCode);
        return;
      case "run-ended":
        sql.ended.run(event.result, event.exitCode);
        return;
      case "step-started":
        this.#stepIs(event.at, "started", at.seq);
        return;
      case "step-ended":
        this.#stepIs(event.at, endState[event.result.kind], at.seq);
        return;
      case "step-reopened":
        this.#stepIs(event.at, "reopened", at.seq);
        this.#doubtGone("resolved-rerun", event.at, at.seq);
        return;
      case "step-failed":
        this.#doubtGone("resolved-failed", event.at, at.seq);
        return;
      case "service-ended": {
        const state = event.wanted ? "ok" : "failed";
        const ended = sql.serviceEnded.run(state, event.exitCode ?? null, at.seq, event.at, event.n);
        if (ended.changes > 0) sql.releasedCount.run(-1);
        return;
      }
      case "items-frozen":
        sql.items.run(event.at, event.from + event.items.length, at.seq);
        this.#fanOuts.add(event.at);
        return;
      case "prompt-opened": {
        const { id, at: address, purpose, hash } = event.prompt;
        sql.promptOpened.run(id, address, purpose, hash, at.seq);
        sql.openPrompts.run(1);
        return;
      }
      case "prompt-answered":
        this.#answer(event, at.seq);
        return;
      case "prompt-withdrawn":
        must(sql.promptWithdrawn.run(at.seq, event.promptId), `prompt-withdrawn: no open prompt ${event.promptId}`);
        sql.openPrompts.run(-1);
        return;
      case "attempt-released":
        this.#release(event, at.seq);
        return;
      case "attempt-ended":
        this.#end(event, at.seq);
        return;
      case "doubt-resolved":
        this.#resolve(event, at.seq);
        return;
      case "context-taken":
      case "context-differs":
      case "context-accepted":
      case "checkpoint-saved":
      case "step-halted":
      case "guard-checked":
      case "retry-scheduled":
      case "service-ready":
      case "undo-started":
        return;
      default:
        // A newer program may have events that have no rows here; the type of `event` is never for this one.
        event satisfies never;
    }
  }

  #stepIs(address: string, state: StepRowState, seq: number): void {
    const sql = this.#statements;
    const before = sql.stepState.get(address) as StepRowState | undefined;
    sql.stepIs.run(address, state, Number(state === "started"), seq);
    const counts = this.#countsOf(address);
    if (!counts) return;
    const change = (counted: StepRowState) => Number(state === counted) - Number(before === counted);
    const [done, skipped, failed] = [change("done"), change("skipped"), change("failed")];
    if (done !== 0 || skipped !== 0 || failed !== 0) counts.run(done, skipped, failed);
  }

  /** Items count as items, what is inside them counts with them, all else counts as a step. */
  #countsOf(address: string) {
    let above = parentOf(address);
    if (above === ROOT) return this.#statements.stepCounts;
    if (this.#fanOuts.has(above)) return this.#statements.itemCounts;
    for (; above !== ROOT; above = parentOf(above)) if (this.#fanOuts.has(above)) return undefined;
    return this.#statements.stepCounts;
  }

  #answer(event: PromptAnswered, seq: number): void {
    const sql = this.#statements;
    const changed = sql.promptAnswered.run(json(event.answer), json(event.actor), seq, event.promptId, event.hash);
    must(changed, `prompt-answered: no open prompt ${event.promptId} with that text`);
    sql.openPrompts.run(-1);
  }

  #release(event: AttemptReleased, seq: number): void {
    const sql = this.#statements;
    const { at, n, attemptId, effect, dir, commandSha256, identity: id } = event;
    const found = [id?.pid ?? null, id?.startTicks ?? null, id?.bootId ?? null, id?.pidNamespace ?? null];
    sql.released.run(at, n, attemptId, effect, dir, commandSha256, ...found, seq);
    sql.releasedCount.run(1);
  }

  #end(event: AttemptEnded, seq: number): void {
    const sql = this.#statements;
    const { outcome, output } = event;
    const exitCode = outcome.kind === "ok" || outcome.kind === "failed" ? (outcome.exitCode ?? null) : null;
    const sizes = [output?.outBytes ?? null, output?.errBytes ?? null];
    const sums = [output?.outSha256 ?? null, output?.errSha256 ?? null];
    const late = Number(event.observedLate);
    const changed = sql.attemptEnded.run(outcome.kind, exitCode, ...sizes, ...sums, late, seq, event.at, event.n);
    must(changed, `attempt-ended: attempt ${event.at} ${event.n} is not released`);
    sql.releasedCount.run(-1);
    if (outcome.kind === "in-doubt") sql.inDoubt.run(1);
  }

  /** An attempt that we ended ourselves is settled like one in doubt, without having been counted as one. */
  #resolve(event: DoubtResolved, seq: number): void {
    const sql = this.#statements;
    const { at, n } = event;
    const before = sql.attemptState.get(at, n);
    const changed = sql.resolved.run(`resolved-${event.as}`, seq, at, n);
    must(changed, `doubt-resolved: attempt ${at} ${n} is not in doubt`);
    if (before === "in-doubt") sql.inDoubt.run(-1);
    const questions = sql.doubtSettled.run(seq, at).changes;
    if (questions > 0) sql.openPrompts.run(-questions);
  }

  /** It counts as failed (`onInterrupt: fail`, or it died while we looked on), or an operator opens the step again. */
  #doubtGone(state: string, address: string, seq: number): void {
    const gone = this.#statements.doubtGone.run(state, seq, address).changes;
    if (gone > 0) this.#statements.inDoubt.run(-gone);
  }
}

type StepRowState = "started" | "done" | "skipped" | "failed" | "reopened";

const endState: { readonly [kind in StepResult["kind"]]: StepRowState } = {
  done: "done",
  skipped: "skipped",
  failed: "failed",
};

function must(result: { changes: number }, otherwise: string): void {
  if (result.changes === 1) return;
  throw Object.assign(new Error(otherwise), { code: "SQLITE_CONSTRAINT_PROJECTION" });
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
