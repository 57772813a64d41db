import { z } from "zod";
import { type Failure, failure } from "../../domain/failure.ts";
import { whole, wholeToJson } from "../fields.ts";
import type { PlannedSlice } from "./slices-table.ts";

/** One entry of `slices.json`; heights beyond 2^53 are decimal digits as text. */
export const sliceEntry = z.strictObject({
  slice: z.int().positive(),
  snapshot: z.string().min(1).describe("file name of a snapshot, or genesis"),
  syncUntil: whole,
  terminateAt: whole,
  largestStart: whole,
});

export type SliceEntry = z.infer<typeof sliceEntry>;

export function toEntry(slice: PlannedSlice): SliceEntry {
  return {
    slice: slice.slice,
    snapshot: slice.snapshot,
    syncUntil: wholeToJson(slice.syncUntil),
    terminateAt: wholeToJson(slice.terminateAt),
    largestStart: wholeToJson(slice.largestStart),
  };
}

/** The text of `slices.json`: a list with one line per slice, so that two plans compare well. */
export function slicesText(entries: readonly SliceEntry[]): string {
  return `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`;
}

/** Reads `slices.json` back. `file` is for the message. */
export function parseSlices(text: string, file: string): SliceEntry[] | Failure {
  const hint = "make it again with the replay-plan runbook";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return failure("slices-invalid", `${file} is not JSON: ${(error as Error).message}`, { hint, retryable: false });
  }
  const parsed = z.array(sliceEntry).min(1).safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${file}: at ${issue.path.join(".") || "the top"}: ${issue.message}`,
  );
  return failure("slices-invalid", problems.join("\n"), { hint, retryable: false });
}
