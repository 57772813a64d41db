import type { Action } from "../../domain/action.ts";
import { cachemapAction } from "./cachemap-action.ts";
import { copyAction } from "./copy-action.ts";
import { jobsAction } from "./jobs-action.ts";
import { splitAction } from "./split-action.ts";
import { validityAction } from "./validity-action.ts";
import { watchAction } from "./watch-action.ts";

export const logcacheActions: readonly Action[] = [
  copyAction,
  cachemapAction,
  jobsAction,
  watchAction,
  splitAction,
  validityAction,
];
