import { expect, test } from "vitest";
import { paramTexts, quoteName, quoteText } from "../../../src/actions/clickhouse/connection.ts";
import { formatOfFile } from "../../../src/actions/clickhouse/insert-source.ts";
import { splitStatements } from "../../../src/actions/clickhouse/statements.ts";

test("a script is cut at semicolons outside of quotes, comments and heredocs", () => {
  const script = `-- first; comment
CREATE TABLE t (a String DEFAULT ';''x\\';') ENGINE = Memory; /* between; */
INSERT INTO t VALUES ("a;b", \`c;d\`), ('it''s;');;
# shell comment; too
SELECT $q$ ; $other$ ; $q$, 1 -- last;
;
-- nothing but a comment;
`;
  expect(splitStatements(script)).toEqual([
    "-- first; comment\nCREATE TABLE t (a String DEFAULT ';''x\\';') ENGINE = Memory",
    "/* between; */\nINSERT INTO t VALUES (\"a;b\", `c;d`), ('it''s;')",
    "# shell comment; too\nSELECT $q$ ; $other$ ; $q$, 1 -- last;",
  ]);
  expect(splitStatements("SELECT 1")).toEqual(["SELECT 1"]);
  expect(splitStatements(" ; \n-- x\n")).toEqual([]);
  expect(splitStatements("SELECT 'never closed; ")).toEqual(["SELECT 'never closed;"]);
});

test("values and names become text that ClickHouse reads back as they were", () => {
  expect(paramTexts({ a: 1, b: 18446744073709551615n, c: "it's", d: ["x'y", "\\"], e: [1, 2], f: true })).toEqual({
    a: "1",
    b: "18446744073709551615",
    c: "it's",
    d: "['x\\'y','\\\\']",
    e: "[1,2]",
    f: "true",
  });
  expect(quoteText("a'b\\")).toBe("'a\\'b\\\\'");
  expect(quoteName("a`b")).toBe("`a\\`b`");
});

test("the name of a file tells ClickHouse's format, also under a compression", () => {
  expect(["a.jsonl", "b.csv.gz", "c.parquet", "d.TSV.zst", "e.txt", "f"].map(formatOfFile)).toEqual([
    "JSONEachRow",
    "CSVWithNames",
    "Parquet",
    "TabSeparatedWithNames",
    undefined,
    undefined,
  ]);
});
