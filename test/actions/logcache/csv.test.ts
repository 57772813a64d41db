import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cacheMapText } from "../../../src/actions/logcache/cache-map.ts";
import { duplicateLocations, parseLogCacheCsv } from "../../../src/actions/logcache/csv.ts";

const BUCKET = "s3://nu-spark-metapod-ephemeral-1/";

/** As Databricks exports one column of Scala text. */
const csvLine = (name: string, key: string) => `"s""${name}"" -> s""${BUCKET}${key}"","`;

test("locations are read with their lines and names", () => {
  const text = `${csvLine("raw-feed-s0/log", "4FUNeUsqSRqxORFm0aJ-jA")}\r\n${csvLine("raw-cards-s1/log", "a/b")}\n"${BUCKET}plain"\n`;
  expect(parseLogCacheCsv(text, BUCKET)).toEqual({
    kind: "ok",
    records: [
      { line: 1, key: "4FUNeUsqSRqxORFm0aJ-jA", name: "raw-feed-s0/log" },
      { line: 2, key: "a/b", name: "raw-cards-s1/log" },
      { line: 3, key: "plain", name: undefined },
    ],
  });
});

test("every malformed line is refused with its number and reason", () => {
  const bad: readonly [line: string, reason: string][] = [
    ["", "it is blank"],
    ["cache_entry", "it is not in quotes"],
    [`"${BUCKET}x""`, "its quotes do not fit together"],
    [`"see ${BUCKET}x here"`, "a location has no quotes around it"],
    ['"s""raw-feed-s0/log"" -> nothing"', `it names no location in ${BUCKET}`],
    ['"s""s3://another-bucket/x"""', `"s3://another-bucket/x" is not in ${BUCKET}`],
    [`"s""${BUCKET}"""`, "names no directory"],
    [`"s""${BUCKET}a/../b"""`, "is no directory name"],
    [`"s""${BUCKET}a b"""`, "is no directory name"],
    [`"s""s3a://nu-spark-metapod-ephemeral-1/x"""`, "is not in"],
  ];
  const text = [csvLine("fine", "x"), ...bad.map(([line]) => line), csvLine("fine", "y")].join("\n");
  const parsed = parseLogCacheCsv(text, BUCKET);
  expect(parsed.kind).toBe("refused");
  const problems = parsed.kind === "refused" ? parsed.problems : [];
  expect(problems.map(({ line }) => line)).toEqual(bad.map((_, index) => index + 2));
  for (const [index, [, reason]] of bad.entries()) expect(problems[index]?.reason).toContain(reason);
  expect(parseLogCacheCsv("", BUCKET)).toMatchObject({ kind: "refused" });
});

test("duplicates are listed with all their lines", () => {
  const text = ["a", "b", "a", "c", "a", "b"].map((key) => csvLine("x", key)).join("\n");
  const parsed = parseLogCacheCsv(text, BUCKET);
  expect(parsed.kind === "ok" && duplicateLocations(parsed.records)).toEqual([
    { key: "a", lines: [1, 3, 5] },
    { key: "b", lines: [2, 6] },
  ]);
});

const key = fc.stringMatching(/^[\w-]{1,24}(\/[\w-]{1,8})?$/);
const name = fc.stringMatching(/^raw-[a-z0-9-]{1,20}s?\/(log|materialized-entities)s?$/);

test("the directories found are those that the documented grep finds", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, key), { minLength: 1, maxLength: 30 }), (pairs) => {
      const text = pairs.map(([one, location]) => `${csvLine(one, location)}\n`).join("");
      const pattern = 's3:\\/\\/nu-spark-metapod-ephemeral-1\\/\\K([^\\"]*)';
      const found = execFileSync("grep", [pattern, "-oP"], { input: text, encoding: "utf8" }).trim().split("\n");
      const parsed = parseLogCacheCsv(text, BUCKET);
      expect(parsed.kind === "ok" && parsed.records.map((one) => one.key)).toEqual(found);
    }),
    { numRuns: 60 },
  );
});

const PIPELINE = `sort | sed -e 's/s\\"/\\"/g' | sed -e 's/\\"\\"/\\"/g' | sed -e s'/.$//' | sed -e s'/^.//'`;
const pipeline = (input: string) =>
  execFileSync("sh", ["-c", PIPELINE], { input, encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8" } });

test("the entries of an export are what the documented pipeline makes of it", () => {
  const text = [
    csvLine("raw-feed-s0/log", "zz"),
    csvLine("raw-cards-s1/log", "aa"),
    csvLine("raw-feed-s0/log", "zz"),
  ].join("\n");
  expect(cacheMapText(text)).toBe(
    `"raw-cards-s1/log" -> "${BUCKET}aa",\n"raw-feed-s0/log" -> "${BUCKET}zz",\n"raw-feed-s0/log" -> "${BUCKET}zz",\n`,
  );
  expect(cacheMapText(text)).toBe(pipeline(text));
});

test("entries are made exactly as the documented pipeline does, on any lines", () => {
  const piece = fc.constantFrom(
    's"',
    '""',
    '"',
    "s",
    "s3://b/k",
    " ",
    "é",
    "\u{1f600}",
    "\u{ffee}",
    "\t",
    "\r",
    "Z",
    "a",
    "->",
    ",",
    "'",
    "\\",
    "$",
    ".",
  );
  const line = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc.tuple(name, key).map(([a, b]) => csvLine(a, b)),
  );
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
    .map(([lines, last]) => lines.join("\n") + (last ? "\n" : ""));
  fc.assert(
    fc.property(text, (input) => {
      expect(cacheMapText(input)).toBe(pipeline(input));
    }),
    { numRuns: 250 },
  );
});
