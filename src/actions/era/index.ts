import type { Action } from "../../domain/action.ts";
import { checkAction } from "./steps/check-action.ts";
import { cleanAction, cleanFailedAction } from "./steps/clean-actions.ts";
import { discoverAction } from "./steps/discover-action.ts";
import { downloadAction } from "./steps/download-action.ts";
import { failedAction } from "./steps/failed-action.ts";
import { loadAction } from "./steps/load-action.ts";
import { migrateAction } from "./steps/migrate-action.ts";
import { optimizeAction } from "./steps/optimize-action.ts";
import { planAction } from "./steps/plan-action.ts";
import { preflightAction } from "./steps/preflight-action.ts";
import { statusAction } from "./steps/status-action.ts";
import { watchAction } from "./steps/watch-action.ts";

export const eraActions: readonly Action[] = [
  ...[preflightAction, discoverAction, planAction, downloadAction, loadAction, checkAction, statusAction, failedAction],
  ...[watchAction, cleanAction, cleanFailedAction, optimizeAction, migrateAction],
];
