export { type Backup, backupRun } from "./backup-run.ts";
export { type DoctorReport, doctorRun, type Repair } from "./doctor-run.ts";
export { exportChain } from "./export-chain.ts";
export { type Pruned, type PruneRules, pruneRuns } from "./prune-runs.ts";
export { type Finding, type FindingCode, type VerifyReport, verifyRun } from "./verify-run.ts";
