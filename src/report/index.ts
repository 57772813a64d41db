export { reportAsHtml } from "./html.ts";
export { reportAsJunit } from "./junit.ts";
export { reportAsMarkdown } from "./markdown.ts";
export { type RunReport, reportOf } from "./model.ts";
export { type PromptReport, phaseWord, type RunStatusReport, type StepReport, statusReport } from "./status.ts";
