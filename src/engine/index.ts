export { createControl } from "./control.ts";
export { type DryRunDeps, dryRun, type PlanRow } from "./dry-run.ts";
export { endedOutcome } from "./ending.ts";
export { execute } from "./execute.ts";
export type { Control, EngineDeps, EngineOptions, StopKind, StopRequest } from "./run.ts";
