/** A value bound to `{name:Type}` in a statement; lists become `Array(...)`. */
export type SqlParam = string | number | bigint | readonly (string | number | bigint)[];

export type SqlOptions = {
  readonly params?: { readonly [name: string]: SqlParam };
  readonly settings?: { readonly [name: string]: string | number };
  readonly signal?: AbortSignal | undefined;
};

export type NativeInsert = {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** One Native block in pieces. They must stay as they are until the insert has ended. */
  readonly parts: readonly Uint8Array[];
  /** The same token and the same block again insert nothing, where the table keeps a deduplication window. */
  readonly token: string;
  readonly signal?: AbortSignal | undefined;
};

/**
 * One ClickHouse, a server or embedded. Statements are retried when the connection fails, so each must bear being
 * carried out twice. Everything throws `Failed` with what ClickHouse said.
 */
export type ClickHouse = {
  readonly kind: "http" | "chdb";
  /** For people, without a password. */
  readonly shown: string;
  /** The directory of embedded data, whose disk is ours to watch. */
  readonly directory: string | undefined;
  /** Rows of a SELECT. 64-bit integers come as decimal text, so that nothing is rounded. */
  rows<Row>(sql: string, options?: SqlOptions): Promise<Row[]>;
  /** A statement without a result, carried out to its end. */
  command(sql: string, options?: SqlOptions): Promise<void>;
  insertNative(insert: NativeInsert): Promise<void>;
  close(): Promise<void>;
};

/** Quotes a name that came from configuration. Values never go into SQL text: they are bound. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

/** Inserts arrive as one part per block, at once and in order; retried ones are recognised by their token. */
export function insertSettings(token: string): { readonly [name: string]: string | number } {
  return {
    async_insert: 0,
    // no row of a block replaces another: to look for such rows costs as much as all else
    optimize_on_insert: 0,
    insert_deduplicate: 1,
    insert_deduplication_token: token,
    max_insert_threads: 1,
    // a block is never cut, so that its token stands for all of it
    max_insert_block_size: 1_000_000_000,
    min_insert_block_size_rows: 0,
    min_insert_block_size_bytes: 0,
  };
}
