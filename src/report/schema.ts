import { z } from "zod";

const address = z.string().describe("address of a step or item: ids and item keys joined by /");
const wallMs = z.number().describe("ms since 1970, UTC");
const actor = z
  .strictObject({ user: z.string(), host: z.string(), via: z.string(), tty: z.string().optional() })
  .describe("who did it, and through which door");
const tally = z.strictObject({ done: z.int(), skipped: z.int(), failed: z.int() });

const step = z.strictObject({
  at: address,
  state: z.string().describe("running, asking, waiting, verifying, in-doubt, halted, done, skipped, failed, ..."),
  attempts: z.int(),
  startedMs: wallMs,
  endedMs: wallMs.optional(),
  durationMs: z.number().optional(),
  exitCode: z.int().optional(),
  failure: z.string().optional(),
  evidence: z.array(z.string()).optional().describe("of an attempt in doubt"),
  items: z
    .strictObject({ total: z.int(), done: z.int(), skipped: z.int(), failed: z.int(), running: z.int() })
    .optional()
    .describe("of a fan-out"),
  failedItems: z.array(z.string()).optional().describe("keys, at most 1,000"),
});

const prompt = z.strictObject({
  at: address,
  id: z.string(),
  purpose: z.enum(["confirm", "input", "manual", "failure", "doubt", "pilot", "step"]),
  severity: z.enum(["plain", "moderate", "severe"]),
  title: z.string(),
  text: z.string(),
  expects: z.enum(["approval", "value", "manual", "choice"]),
  typed: z.string().optional().describe("what has to be typed"),
  sinceMs: wallMs,
});

const status = z
  .strictObject({
    run: z.string(),
    runbook: z.string(),
    file: z.string(),
    lab: z.boolean(),
    state: z.enum(["new", "running", "interrupted", "paused", "ended"]),
    reason: z.string().optional().describe("of a pause"),
    result: z.enum(["done", "done-with-failed-items", "failed", "undone"]).optional(),
    exitCode: z.int().optional(),
    createdMs: wallMs,
    lastMs: wallMs,
    params: z.record(z.string(), z.json()),
    pins: z.record(z.string(), z.string()),
    steps: z.array(step),
    prompts: z.array(prompt),
    services: z.array(address),
    totals: z.strictObject({ steps: tally, items: tally }),
    owner: z.strictObject({ user: z.string(), host: z.string(), pid: z.int() }).optional(),
  })
  .describe("the same as `status --json`");

/** What `report --format json` prints. A test holds real reports against it; `npm run docs` writes it as JSON Schema. */
export const reportSchema = z.strictObject({
  format: z.literal("runsheet-report/1"),
  status,
  startedBy: actor.optional(),
  version: z.string().optional().describe("of the program that started the run"),
  durationMs: z.number(),
  attempts: z.int().describe("attempts that were begun, those of items among them"),
  steps: z.array(step),
  items: z
    .array(
      z.strictObject({
        at: address,
        state: z.enum(["done", "failed", "skipped", "open"]),
        startedMs: wallMs,
        endedMs: wallMs.optional(),
      }),
    )
    .describe("items of fan-outs, in the order in which they began"),
  rates: z
    .array(
      z.strictObject({
        at: address,
        total: z.int(),
        points: z.array(z.strictObject({ wallMs, ended: z.int(), failed: z.int() })),
      }),
    )
    .describe("how the items of each fan-out ended over time"),
  answers: z.array(
    z.strictObject({
      wallMs,
      at: address,
      question: z.string(),
      answer: z.string(),
      reason: z.string().optional(),
      actor,
    }),
  ),
  owners: z.array(z.strictObject({ wallMs, actor, pid: z.int() })).describe("processes that held the run"),
  failures: z.array(z.strictObject({ wallMs, at: address, message: z.string(), lines: z.array(z.string()) })),
  doubts: z.array(
    z.strictObject({
      wallMs,
      at: address,
      as: z.enum(["done", "not-done", "rerun"]),
      by: z.enum(["probe", "idempotent", "operator"]),
      reason: z.string(),
      actor,
    }),
  ),
  logs: z
    .array(z.strictObject({ at: address, attempt: z.int(), lines: z.array(z.string()) }))
    .describe("the last lines of each step's last attempt"),
  next: z.array(z.string()).describe("commands to type next, most useful first"),
  chain: z
    .strictObject({ events: z.int(), head: z.string() })
    .optional()
    .describe("the record's hash chain, checked; with --verify-chain"),
  leftOut: z
    .strictObject({ steps: z.int(), items: z.int(), failures: z.int(), logs: z.int() })
    .describe("how much is only in the journal"),
});

/** The same as JSON Schema (draft 2020-12). */
export function reportJsonSchema(): object {
  return { title: "runsheet report", ...z.toJSONSchema(reportSchema) };
}
