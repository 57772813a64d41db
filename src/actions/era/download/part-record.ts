import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomically } from "../../../lib/atomic-file.ts";

/** What lies beside `<name>.part`: which parts of which remote file are safely in it. */
export type PartRecord = z.infer<typeof recordSchema>;

const recordSchema = z.strictObject({
  format: z.literal(1),
  location: z.string(),
  etag: z.string(),
  sizeBytes: z.int(),
  partBytes: z.int(),
  segments: z.array(z.strictObject({ start: z.int(), end: z.int() })),
  done: z.array(z.int()),
});

/** Undefined when there is none, or when it belongs to another file or another way of cutting it. */
export async function readPartRecord(path: string, wanted: Omit<PartRecord, "done">): Promise<PartRecord | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const parsed = recordSchema.safeParse(text === undefined ? undefined : parseJson(text));
  if (!parsed.success) return undefined;
  const { done, ...found } = parsed.data;
  return JSON.stringify(found) === JSON.stringify(wanted) ? parsed.data : undefined;
}

export function writePartRecord(path: string, record: PartRecord): Promise<void> {
  return writeFileAtomically(path, JSON.stringify(record));
}

export function removePartRecord(path: string): Promise<void> {
  return rm(path, { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
