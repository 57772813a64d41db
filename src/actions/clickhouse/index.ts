import type { Action } from "../../domain/action.ts";
import { assertAction } from "./assert.ts";
import { commandAction } from "./command.ts";
import { insertAction } from "./insert.ts";
import { queryAction } from "./query.ts";

export const clickhouseActions: readonly Action[] = [queryAction, commandAction, insertAction, assertAction];
