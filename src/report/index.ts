export { type PromptReport, phaseWord, type RunStatusReport, type StepReport, statusReport } from "./status.ts";
