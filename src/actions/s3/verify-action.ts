import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { returningFileFailures } from "../file-failures.ts";
import { targetOf } from "./copy-action.ts";
import { differenceFile } from "./difference-file.ts";
import { failAll } from "./failed.ts";
import { concurrency, connection, connectionFields, s3Url } from "./fields.ts";
import { asFolder, parseLocation, parseS3Url, shown } from "./location.ts";
import { readManifest } from "./manifest.ts";
import { inSession } from "./session.ts";
import { verifySides } from "./verify-sides.ts";

const params = z.strictObject({
  from: z.string().min(1).describe("what should be there: s3://bucket/prefix/, or a manifest (of s3.list or md5sum)"),
  to: s3Url.describe("what is there"),
  source: connection.optional().describe("how the store of `from` is reached, when it is another one"),
  ...connectionFields,
  concurrency,
  extra: z.enum(["ignore", "report"]).default("ignore").describe("objects that only `to` has"),
  out: z.string().min(1).optional().describe("write every difference as one JSON line to this file"),
});

const outputs = z.strictObject({
  same: z.int(),
  missing: z.int(),
  extra: z.int(),
  different: z.int().describe("other size or other checksum"),
  sizeOnly: z.int().describe("of equal size, with no checksum that both sides have"),
  file: z.string().optional().describe("where the differences were written"),
});

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

export const verifyAction = defineAction<Params, Outputs>({
  kind: "s3.verify",
  title: "Compare a prefix with another one or with a manifest",
  description:
    "Compares names, sizes and checksums (ETags where they are comparable, else the checksums that HEAD gives). Writes the " +
    "differences, whole or not at all, and fails when there are any. Changes nothing in the stores.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    const out = given.out === undefined ? "" : ` and write the differences to ${given.out}`;
    return { grade: "described", lines: [`would compare ${given.from} with ${given.to}${out}`] };
  },
  run: returningFileFailures(verify),
});

async function verify(given: Params, context: ActionContext): Promise<ActionResult<Outputs>> {
  const target = targetOf(given);
  const options = { concurrency: given.concurrency, partBytes: 1, source: given.source ?? target, target };
  const from = parseLocation(given.from, context.cwd);
  const to = asFolder(parseS3Url(given.to));
  const out = given.out === undefined ? undefined : resolve(context.cwd, given.out);
  const differences = differenceFile(out);
  try {
    const result = await inSession<Outputs>(context, options, async (session) => {
      if (from.kind === "path" && !(await stat(from.path).catch(() => undefined))?.isFile()) {
        throw failAll("file-missing", `${from.path} is not a file`, {
          hint: '"from" is s3://… or a manifest; correct it, then resume the run',
        });
      }
      const counts = await verifySides(session, {
        from:
          from.kind === "s3"
            ? { kind: "folder", folder: { store: session.source, bucket: from.bucket, prefix: asFolder(from).key } }
            : { kind: "manifest", pages: readManifest(from.path) },
        to: { store: session.target, bucket: to.bucket, prefix: to.key },
        extra: given.extra === "report",
        onDifference: differences.add,
      });
      return { ...counts, ...(out === undefined ? {} : { file: out }) };
    });
    if (result.kind === "failed") return result;
    await differences.publish();
    const { missing, extra, different, same, sizeOnly } = result.outputs;
    const counted = `${same} the same, ${missing} missing, ${different} different, ${extra} extra`;
    context.log(`${given.from} and ${shown(to)}: ${counted}${sizeOnly > 0 ? `, ${sizeOnly} by size only` : ""}`);
    const wrong = missing + different + (given.extra === "report" ? extra : 0);
    if (wrong === 0) return result;
    const lines = differences.first.map(({ difference, key }) => `${difference}: ${key}`);
    if (wrong > lines.length) lines.push(`... and ${wrong - lines.length} more`);
    return {
      kind: "failed",
      failure: failure("s3-differs", `${shown(to)} is not what ${given.from} says (${counted}):\n${lines.join("\n")}`, {
        hint: out
          ? `all differences are in ${out}; copy again, then resume the run`
          : "copy again, then resume the run",
        details: { same, missing, extra, different, sizeOnly, first: lines },
      }),
    };
  } finally {
    await differences.discard();
  }
}
