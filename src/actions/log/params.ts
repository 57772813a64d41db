import { z } from "zod";
import { path, positiveDuration } from "../fields.ts";
import { regex } from "../value-test.ts";

const patterns = z.union([regex, z.array(regex).min(1)]);

export const watchParams = z
  .strictObject({
    file: path.optional().describe("a log file; it need not exist yet and may be rotated"),
    command: z
      .union([z.string().min(1), z.array(z.string()).min(1)])
      .optional()
      .describe("a command that prints the log: a shell line, or a list of program and arguments"),
    until: patterns.describe("regular expressions; a line that matches one of them is what is waited for"),
    fail: patterns.optional().describe("a line that matches one of these ends the wait as failed"),
    times: z.int().positive().default(1).describe("how many matching lines are waited for"),
    within: positiveDuration.default("10m"),
    idle: positiveDuration.optional().describe("fail when no line at all comes for this long"),
    from: z.enum(["start", "end"]).default("start").describe("where to begin in a file that exists"),
    ignoreCase: z.boolean().default(false),
    every: positiveDuration.default("250ms").describe("how often a file is looked at"),
    restart: z.boolean().default(false).describe("start the command again when it ends, after `every`"),
    maxLine: z.int().min(100).max(16_777_216).default(65_536).describe("bytes of a line that are looked at"),
  })
  .refine(({ file, command }) => (file === undefined) !== (command === undefined), "give either `file` or `command`");

export const watchOutputs = z.strictObject({
  line: z.string().describe("the last matching line"),
  groups: z.record(z.string(), z.string()).describe("its named groups, and numbered ones as 1, 2, ..."),
  pattern: z.string(),
  matches: z.int(),
  lines: z.int().describe("lines read by this attempt"),
});

export type WatchParams = z.infer<typeof watchParams>;
export type WatchOutputs = z.infer<typeof watchOutputs>;
