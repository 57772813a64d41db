import type { Action } from "../../domain/action.ts";
import { pollAction } from "./poll.ts";
import { requestAction } from "./request.ts";

export const httpActions: readonly Action[] = [requestAction, pollAction];
