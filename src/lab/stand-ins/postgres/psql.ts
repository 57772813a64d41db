#!/usr/bin/env node
/**
 * The stand-in for `psql`, for machines without it: `psql URL -X -A -t -q -v ON_ERROR_STOP=1 [-F SEP] -c SQL | -f FILE`.
 * Prints rows unaligned, as scripts want them.
 */
import { readFileSync } from "node:fs";
import { connectPostgres } from "./client.ts";

const argv = process.argv.slice(2);
let url = urlFromEnvironment();
let separator = "|";
let tuplesOnly = false;
const statements: string[] = [];
for (let at = 0; at < argv.length; at++) {
  const word = argv[at]!;
  if (word === "-c" || word === "--command") statements.push(argv[++at] ?? "");
  else if (word.startsWith("--command=")) statements.push(word.slice(10));
  else if (word === "-f") statements.push(readFileSync(argv[++at] ?? "", "utf8"));
  else if (word === "-d" || word === "--dbname") url = argv[++at] ?? "";
  else if (word === "-v" || word === "--set") at++;
  else if (word === "-F") separator = argv[++at] ?? "|";
  else if (/^-[XAtqw]+$/.test(word)) tuplesOnly ||= word.includes("t");
  else if (/^-[XAtqw]*c$/.test(word)) {
    tuplesOnly ||= word.includes("t");
    statements.push(argv[++at] ?? "");
  } else if (["--no-psqlrc", "--no-align", "--quiet", "--no-password"].includes(word)) continue;
  else if (word === "--tuples-only") tuplesOnly = true;
  else if (word.startsWith("-")) fail(`this stand-in does not know the option ${word}`);
  else url = word;
}

try {
  const client = await connectPostgres(url);
  for (const sql of statements) {
    for (const { columns, rows, tag } of await client.script(sql)) {
      if (!tuplesOnly) process.stdout.write(`${columns.length === 0 ? tag : columns.join(separator)}\n`);
      for (const row of rows) process.stdout.write(`${columns.map((column) => row[column] ?? "").join(separator)}\n`);
    }
  }
  await client.end();
} catch (error) {
  fail(`error: ${(error as Error).message}`);
}

/** PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE, as libpq reads them. */
function urlFromEnvironment(): string {
  const {
    PGHOST = "127.0.0.1",
    PGPORT = "5432",
    PGUSER = "postgres",
    PGPASSWORD = "",
    PGDATABASE = PGUSER,
  } = process.env;
  const [user, password, database] = [PGUSER, PGPASSWORD, PGDATABASE].map(encodeURIComponent);
  return `postgres://${user}:${password}@${PGHOST}:${PGPORT}/${database}`;
}

function fail(message: string): never {
  process.stderr.write(`psql: ${message}\n`);
  // At once: the connection may still be open.
  process.exit(2);
}
