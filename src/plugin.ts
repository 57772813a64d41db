/** What the author of an action needs: the contract, zod for its parameters, zx for its commands. See docs/plugins.md. */
export { z } from "zod";
export { $ } from "zx";
export {
  type Action,
  type ActionContext,
  type ActionResult,
  type CheckVerdict,
  defineAction,
  type Effect,
  type Preview,
  type PreviewContext,
  type Progress,
} from "./domain/action.ts";
export { type Failure, failure } from "./domain/failure.ts";
