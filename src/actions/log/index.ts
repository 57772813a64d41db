import type { Action } from "../../domain/action.ts";
import { watchAction } from "./watch.ts";

export const logActions: readonly Action[] = [watchAction];
