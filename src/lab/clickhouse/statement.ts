/** Parameters of the HTTP interface that are no settings. */
const NOT_SETTINGS = new Set([
  ...["query", "query_id", "database", "default_format", "user", "password", "role", "quota_key"],
  ...["session_id", "session_timeout", "session_check", "compress", "decompress", "enable_http_compression"],
  ...["wait_end_of_query", "buffer_size", "send_progress_in_http_headers", "close_session", "log_comment"],
]);

export type StatementOptions = {
  readonly settings: { readonly [name: string]: string };
  readonly params: { readonly [name: string]: string };
  readonly format: string;
  readonly database: string | undefined;
};

/** Everything in the address beside the statement itself. */
export function optionsOf(search: URLSearchParams, databaseHeader: string | undefined): StatementOptions {
  const settings: { [name: string]: string } = {};
  const params: { [name: string]: string } = {};
  for (const [name, value] of search) {
    if (name.startsWith("param_")) params[name.slice("param_".length)] = value;
    else if (!NOT_SETTINGS.has(name)) settings[name] = value;
  }
  const format = search.get("default_format") ?? "TabSeparated";
  return { settings, params, format, database: search.get("database") ?? databaseHeader };
}

export function isInsert(query: string): boolean {
  return /^\s*(?:--[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*INSERT\s/i.test(query);
}

/**
 * libchdb has no request body. An INSERT whose data comes with the request reads it from the spooled file instead:
 * `... FORMAT X` by INFILE, which keeps ClickHouse's own rules for columns and defaults, and `SELECT .. FROM input(..)`
 * by `file()`. Undefined when the statement takes no data from the body.
 */
export function readingFrom(spool: string, query: string): string | undefined {
  const match = /^([\s\S]*?)\s+FORMAT\s+(\w+)\s*;?\s*$/i.exec(query);
  if (match === null) return undefined;
  const [, head, format] = match as unknown as [string, string, string];
  const path = `'${spool.replaceAll("'", "\\'")}'`;
  if (/\binput\s*\(/i.test(head)) {
    return head.replace(/\binput\s*\(\s*('(?:[^'\\]|\\.)*')\s*\)/i, `file(${path}, ${format}, $1)`);
  }
  if (/\bSELECT\b/i.test(head)) return undefined;
  const settings = /^([\s\S]*?)(\s+SETTINGS\s+[\s\S]*)$/i.exec(head);
  return `${settings?.[1] ?? head} FROM INFILE ${path}${settings?.[2] ?? ""} FORMAT ${format}`;
}
