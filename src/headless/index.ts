export { clockTime, lineOf, questionOf, seconds } from "./lines.ts";
export { createPolicy, type GivenAnswers, type PolicyOptions } from "./policy.ts";
export { createReporter, type ReporterOptions } from "./reporter.ts";
