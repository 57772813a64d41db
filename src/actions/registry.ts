import type { Action } from "../domain/action.ts";
import { clickhouseActions } from "./clickhouse/index.ts";
import { eraActions } from "./era/index.ts";
import { fileActions } from "./file/index.ts";
import { httpActions } from "./http/index.ts";
import { logActions } from "./log/index.ts";
import { logcacheActions } from "./logcache/index.ts";
import { replayActions } from "./replay/index.ts";
import { s3Actions } from "./s3/index.ts";

/**
 * Every built-in step kind, one line per family. Kinds, titles and schemas cost nothing to list: the heavy packages
 * (AWS, ClickHouse, chDB) are imported inside the functions that need them.
 */
export const builtInActions: readonly Action[] = [
  ...clickhouseActions,
  ...eraActions,
  ...fileActions,
  ...httpActions,
  ...logActions,
  ...logcacheActions,
  ...replayActions,
  ...s3Actions,
];
