import { createHash } from "node:crypto";
import { z } from "zod";
import { type ActionContext, type ActionResult, type CheckVerdict, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import type { Json } from "../../domain/json.ts";
import { wholeOutput, wholeToJson } from "../fields.ts";
import { connect, connectionFields } from "./connect.ts";
import { ClickHouseTrouble, type Connection, type Written } from "./connection.ts";
import { lookUp, type ServerMark, serverStart } from "./look-up.ts";
import { withConnection } from "./returning.ts";
import { brief, hasOneSource, loadSql, ONE_SOURCE, paramsFor, sqlFields } from "./sql-source.ts";
import { splitStatements } from "./statements.ts";

const params = z
  .strictObject({
    ...connectionFields,
    ...sqlFields,
    cluster: z.string().min(1).optional().describe("look an interrupted statement up on all replicas of this cluster"),
  })
  .refine(hasOneSource, ONE_SOURCE);

const outputs = z.strictObject({
  statements: z.int().describe("how many statements were carried out"),
  writtenRows: wholeOutput.describe("rows that the server says it wrote"),
});

/** `done` statements of this script are finished; `mark` belongs to the one after them, which may be under way. */
const savedState = z.object({
  script: z.string(),
  done: z.int(),
  writtenRows: z.string(),
  mark: z.object({ queryId: z.string(), serverStart: z.number() }).optional(),
});

type Params = z.infer<typeof params>;
type Outputs = z.infer<typeof outputs>;
type State = z.infer<typeof savedState>;

export const commandAction = defineAction<Params, Outputs>({
  kind: "clickhouse.command",
  title: "Run statements on ClickHouse",
  description:
    "Runs one or more statements (separated by semicolons) that change something. Each carries a query id made of the " +
    "attempt's id; finished ones are remembered, so that a repeated step goes on after them. When an answer is lost, or " +
    "after an interruption, the server's process list and query log say what became of the statement: finished, failed, " +
    "never ran, or (after a restart of the server, and always with embedded ClickHouse) unknown, which leaves it in doubt.",
  params,
  outputs,
  effect: "mutate",
  repeatable: false,
  async preview(given, { cwd }) {
    const statements = splitStatements(await loadSql(given, cwd));
    return { grade: "described", lines: statements.map((sql) => `would run on ${given.clickhouse}: ${brief(sql)}`) };
  },
  check,
  run: withConnection(async (given, context, connection) => {
    const script = await loadSql(given, context.cwd);
    const statements = splitStatements(script);
    let state = stateOf(context.lastCheckpoint, script) ?? { script: hashOf(script), done: 0, writtenRows: "0" };
    while (state.done < statements.length) {
      const sql = statements[state.done]!;
      const queryId = statements.length === 1 ? context.attemptId : `${context.attemptId}/${state.done + 1}`;
      const start = connection.kind === "http" ? await serverStart(connection, context.signal, queryId) : 0;
      const mark = { queryId, serverStart: start };
      await context.checkpoint({ ...state, mark } as unknown as Json);
      const written = await carryOut(sql, given, context, connection, mark);
      if ("kind" in written) return written;
      state = {
        script: state.script,
        done: state.done + 1,
        writtenRows: `${BigInt(state.writtenRows) + (written.rows ?? 0n)}`,
      };
      context.log(`${brief(sql)}: done${written.rows === undefined ? "" : `, ${written.rows} rows`}`);
      context.progress({ done: state.done, total: statements.length, unit: "statements" });
    }
    return {
      kind: "ok",
      outputs: { statements: statements.length, writtenRows: wholeToJson(BigInt(state.writtenRows)) },
    };
  }),
});

async function carryOut(
  sql: string,
  given: Params,
  context: ActionContext,
  connection: Connection,
  mark: ServerMark,
): Promise<Written | Extract<ActionResult<Outputs>, { kind: "failed" }>> {
  try {
    const { signal } = context;
    return await connection.command(sql, {
      queryId: mark.queryId,
      signal,
      params: paramsFor(sql, given.params),
      settings: given.settings,
    });
  } catch (error) {
    if (!(error instanceof ClickHouseTrouble) || error.outcome !== "unheard" || context.signal.aborted) throw error;
    context.log(`${error.failure.message}; asking the server what became of the statement`);
    const fate = await lookUp(connection, mark, lookUpOptions(given, context));
    if (fate.kind === "finished") return { rows: fate.writtenRows };
    if (fate.kind === "never-ran") throw error;
    const reason = fate.kind === "failed" ? fate.exception : fate.reason;
    const code = fate.kind === "failed" ? "clickhouse-refused" : "clickhouse-answer-lost";
    const hint = "look at the tables; repeat the step only when the statement had no effect";
    const message = `${brief(sql)}: its answer was lost, and ${reason}`;
    return { kind: "failed", failure: failure(code, message, { hint, retryable: false, cause: error }) };
  }
}

async function check(given: Params, context: ActionContext): Promise<CheckVerdict<Outputs>> {
  const script = await loadSql(given, context.cwd);
  const statements = splitStatements(script);
  const state = stateOf(context.lastCheckpoint, script);
  if (state?.mark === undefined) return { kind: "not-done", note: "no statement was sent" };
  const connection = await connect(given, context);
  try {
    const fate = await lookUp(connection, state.mark, lookUpOptions(given, context));
    const which = `statement ${state.done + 1} of ${statements.length}`;
    if (fate.kind === "unknown") return { kind: "unknown", note: `${which}: ${fate.reason}` };
    if (fate.kind === "never-ran") return { kind: "not-done", note: `${which} never reached the server` };
    if (fate.kind === "failed" && fate.writtenRows > 0n) {
      return {
        kind: "unknown",
        note: `${which} failed after it had written ${fate.writtenRows} rows: ${fate.exception}`,
      };
    }
    if (fate.kind === "failed") return { kind: "not-done", note: `${which} failed: ${fate.exception}` };
    const writtenRows = BigInt(state.writtenRows) + fate.writtenRows;
    const done = state.done + 1;
    if (done === statements.length) {
      return { kind: "done", outputs: { statements: done, writtenRows: wholeToJson(writtenRows) } };
    }
    await context.checkpoint({ script: state.script, done, writtenRows: `${writtenRows}` });
    return { kind: "not-done", note: `${which} was carried out, the next one was not` };
  } catch (error) {
    if (!(error instanceof ClickHouseTrouble)) throw error;
    return { kind: "unknown", note: error.failure.message };
  } finally {
    await connection.close();
  }
}

function lookUpOptions(given: Params, { signal, log }: ActionContext) {
  const onRunning = (): void => log("the statement is still running on the server; waiting for it");
  return { signal, onRunning, ...(given.cluster === undefined ? {} : { cluster: given.cluster }) };
}

/** What an earlier attempt left, when it was about the same script. */
function stateOf(checkpoint: Json | undefined, script: string): State | undefined {
  const saved = savedState.safeParse(checkpoint);
  return saved.success && saved.data.script === hashOf(script) ? saved.data : undefined;
}

function hashOf(script: string): string {
  return createHash("sha256").update(script).digest("hex");
}
