import type { ActionContext, ActionResult } from "../../domain/action.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type ConnectionFields, connect } from "./connect.ts";
import { ClickHouseTrouble, type Connection } from "./connection.ts";

/** The `run` of an action of this family: connected, closed again, and every expected trouble returned as a failure. */
export function withConnection<P extends ConnectionFields, O>(
  run: (params: P, context: ActionContext, connection: Connection) => Promise<ActionResult<O>>,
): (params: P, context: ActionContext) => Promise<ActionResult<O>> {
  return returningFileFailures(async (params, context) => {
    try {
      const connection = await connect(params, context);
      try {
        return await run(params, context, connection);
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (!(error instanceof ClickHouseTrouble)) throw error;
      return { kind: "failed", failure: error.failure };
    }
  });
}
