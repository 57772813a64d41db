import type { Action } from "../../domain/action.ts";
import { copyAction } from "./copy-action.ts";
import { downloadAction } from "./download-action.ts";
import { listAction } from "./list-action.ts";
import { uploadAction } from "./upload-action.ts";
import { verifyAction } from "./verify-action.ts";

export const s3Actions: readonly Action[] = [listAction, copyAction, uploadAction, downloadAction, verifyAction];
