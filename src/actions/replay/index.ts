import type { Action } from "../../domain/action.ts";
import { blocklogsAction } from "./blocklogs-action.ts";
import { configAction } from "./config-action.ts";
import { manifestAction } from "./manifest-action.ts";
import { preflightAction } from "./preflight-action.ts";
import { reportAction } from "./report-action.ts";
import { sliceAction } from "./slice-action.ts";
import { slicesAction } from "./slices-action.ts";
import { snapshotsAction } from "./snapshots-action.ts";
import { spacingAction } from "./spacing-action.ts";

export const replayActions: readonly Action[] = [
  preflightAction,
  manifestAction,
  slicesAction,
  sliceAction,
  spacingAction,
  configAction,
  snapshotsAction,
  blocklogsAction,
  reportAction,
];
