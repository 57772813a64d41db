import type { Readable } from "node:stream";
import type { Failure } from "../../domain/failure.ts";

/** One ClickHouse: a server over HTTP, or embedded (chDB). Everything throws `ClickHouseTrouble`. */
export type Connection = {
  readonly kind: "http" | "chdb";
  /** For people, without a password. */
  readonly shown: string;
  /** The result in `format`, as it comes. With a server the whole result is ready before its first byte arrives. */
  read(sql: string, format: string, options: StatementOptions): Promise<AsyncIterable<Uint8Array>>;
  /** A statement without a result. */
  command(sql: string, options: StatementOptions): Promise<Written>;
  /** `INSERT INTO target FORMAT format` with the bytes of a file or a stream. */
  insert(target: string, source: InsertSource, options: StatementOptions): Promise<Written>;
  close(): Promise<void>;
};

export type StatementOptions = {
  /** Under which the server's logs know the statement. */
  readonly queryId: string;
  readonly signal: AbortSignal;
  readonly params?: SqlParams;
  readonly settings?: Settings;
};

/** A file on this machine, in a format and perhaps compressed; or bytes in memory. */
export type InsertSource =
  | { readonly kind: "file"; readonly path: string; readonly format: string; readonly open: () => Readable }
  | { readonly kind: "bytes"; readonly bytes: string; readonly format: string };

/** Rows that the server says it wrote; undefined when it does not say. */
export type Written = { readonly rows: bigint | undefined };

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Values for `{name:Type}` in a statement. */
export type SqlParams = Readonly<Record<string, SqlValue | readonly SqlValue[]>>;
export type SqlValue = string | number | boolean | bigint;

/** Carries a failure up to the action, which returns it. Never leaves this folder. */
export class ClickHouseTrouble extends Error {
  override readonly name = "ClickHouseTrouble";
  readonly failure: Failure;
  /** What became of the statement: the server refused it, it never got there, or nobody heard. */
  readonly outcome: "refused" | "not-sent" | "unheard";

  constructor(failure: Failure, outcome: ClickHouseTrouble["outcome"]) {
    super(failure.message);
    this.failure = failure;
    this.outcome = outcome;
  }
}

/** Values as the text that ClickHouse parses as the type in the statement; lists become `[...]`. */
export function paramTexts(params: SqlParams = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: SqlValue | readonly SqlValue[]): string {
  if (!Array.isArray(value)) return String(value);
  return `[${value.map((one) => (typeof one === "string" ? quoteText(one) : String(one))).join(",")}]`;
}

/** Settings as ClickHouse reads them: switches are 1 and 0. */
export function numbered(settings: Settings = {}): Record<string, string | number> {
  const entries = Object.entries(settings);
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "boolean" ? Number(value) : value]));
}

/** Text as a literal of SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A name of a database, table or column as SQL. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

/** A statement without its last semicolons and white space, so that a FORMAT can follow. */
export function bare(sql: string): string {
  return sql.replace(/[\s;]+$/, "");
}
