export { reportAsHtml } from "./html/page.ts";
export { reportAsJunit } from "./junit.ts";
export { reportAsMarkdown } from "./markdown.ts";
export type { RunReport } from "./model.ts";
export { type ReportRequest, reportOf } from "./report-of.ts";
export { type PromptReport, phaseWord, type RunStatusReport, type StepReport, statusReport } from "./status.ts";
