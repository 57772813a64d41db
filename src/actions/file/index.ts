import type { Action } from "../../domain/action.ts";
import { compressAction, decompressAction } from "./convert.ts";
import { renderAction } from "./render.ts";

export const fileActions: readonly Action[] = [renderAction, compressAction, decompressAction];
