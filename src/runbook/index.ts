/** YAML text to `Runbook` or diagnostics; the expression language; parameters; the JSON Schema; starters. */
export type { Diagnostic, Severity } from "./diagnostic.ts";
export { createExpressions } from "./expression/create.ts";
export { FUNCTIONS as expressionFunctions, type FunctionDoc } from "./expression/functions.ts";
export { fingerprint } from "./fingerprint.ts";
export { formatDiagnostics } from "./format.ts";
export { findNamedRunbook, listNamedRunbooks, type NamedRunbook } from "./list.ts";
export {
  type ActionLookup,
  type IncludedFile,
  type LoadedPlugins,
  type LoadOptions,
  type LoadResult,
  loadRunbook,
} from "./load.ts";
export { type ParamValue, readParamValue, valueProblem } from "./param-value.ts";
export { type GivenParams, type ResolvedParams, type ResolveOptions, resolveParams } from "./params.ts";
export { runbookJsonSchema } from "./schema/json-schema.ts";
export { starterRunbook } from "./starter.ts";
export { formatDuration } from "./units.ts";
