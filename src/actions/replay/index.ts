import type { Action } from "../../domain/action.ts";
import { manifestAction } from "./manifest-action.ts";
import { slicesAction } from "./slices-action.ts";
import { spacingAction } from "./spacing-action.ts";

export const replayActions: readonly Action[] = [manifestAction, slicesAction, spacingAction];
