import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import type { Json } from "../../domain/json.ts";
import type { ExactJson } from "../../lib/exact-json.ts";
import { type ValueTest, valueTest, wantedInstead } from "../value-test.ts";
import { connectionFields } from "./connect.ts";
import { optionsOf } from "./query.ts";
import { withConnection } from "./returning.ts";
import { type RowObject, selectRows } from "./rows.ts";
import { brief, hasOneSource, loadSql, ONE_SOURCE, sqlFields } from "./sql-source.ts";

const expectation = z
  .strictObject({
    rows: valueTest.optional().describe("the number of rows: a number, or { atLeast, atMost, ... }"),
    value: valueTest.optional().describe("the first column of the first row"),
    each: z.record(z.string(), valueTest).optional().describe("column -> what it has to be in every row"),
  })
  .refine((given) => Object.keys(given).length > 0, "say what is expected: rows, value or each");

const params = z
  .strictObject({
    ...connectionFields,
    ...sqlFields,
    expect: expectation,
    message: z.string().optional().describe("what it means when the expectation is not met"),
  })
  .refine(hasOneSource, ONE_SOURCE);

const outputs = z.strictObject({ rows: z.int().describe("how many rows were looked at") });

const SHOWN_ROWS = 20;

export const assertAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "clickhouse.assert",
  title: "Check something in ClickHouse",
  description:
    "Runs a SELECT and compares: the number of rows, the first value, or a column in every row. Every row is looked at, in " +
    "bounded memory; the first twenty that are not as expected are shown. Reads only.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return {
      grade: "described",
      lines: [`would check on ${given.clickhouse}: ${brief(given.sql ?? given.file ?? "")}`],
    };
  },
  run: withConnection(async (given, context, connection) => {
    const sql = await loadSql(given, context.cwd);
    const { columns, rows } = await selectRows(connection, sql, optionsOf(sql, given, context));
    const { each = {}, rows: wantedRows, value } = given.expect;
    const unknown = Object.keys(each).filter((name) => !columns.some((column) => column.name === name));
    const problems = unknown.map((name) => `the result has no column ${name}`);
    const now = Date.now();
    const shown: RowObject[] = [];
    let [count, wrong] = [0, 0];
    let first: RowObject | undefined;
    for await (const row of rows) {
      count += 1;
      first ??= row;
      const isWrong = Object.entries(each).some(
        ([name, wish]) => wantedInstead(wish, asSwitch(wish, row[name]), now) !== undefined,
      );
      if (isWrong) wrong += 1;
      // Without a condition on each row all of them may be what is wrong.
      if ((isWrong || given.expect.each === undefined) && shown.length < SHOWN_ROWS) shown.push(row);
    }
    if (wrong > 0) problems.push(`${wrong} of ${count} rows are not as expected (${JSON.stringify(each)})`);
    const otherCount = wantedRows === undefined ? undefined : wantedInstead(wantedRows, count, now);
    if (otherCount !== undefined) problems.push(`${count} rows, not ${otherCount}`);
    if (value !== undefined) {
      const found = first === undefined ? undefined : first[columns[0]?.name ?? ""];
      const wanted = wantedInstead(value, asSwitch(value, found), now);
      if (wanted !== undefined)
        problems.push(`the value is ${found === undefined ? "absent" : JSON.stringify(found)}, not ${wanted}`);
    }
    if (problems.length === 0) {
      context.log(`${brief(sql)}: as expected (${count} rows)`);
      return { kind: "ok", outputs: { rows: count } };
    }
    for (const row of shown) context.log(JSON.stringify(row));
    const message = `${given.message === undefined ? "" : `${given.message}: `}${problems.join("; ")}`;
    const hint = `the step's log shows up to ${SHOWN_ROWS} of the rows`;
    return {
      kind: "failed",
      failure: failure("clickhouse-assertion-failed", message, { hint, details: { rows: shown as Json } }),
    };
  }),
});

/** Comparisons in ClickHouse yield 1 and 0; who asks for true or false means those too. */
function asSwitch(wish: ValueTest, value: ExactJson | undefined): ExactJson | undefined {
  const wanted = wish !== null && typeof wish === "object" ? (wish.equals ?? wish.not) : wish;
  return typeof wanted === "boolean" && (value === 0 || value === 1) ? value === 1 : value;
}
