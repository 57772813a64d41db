import { z } from "zod";
import { type ActionContext, defineAction } from "../../../domain/action.ts";
import { downloadEra, type LocalEra } from "../download/download-era.ts";
import { Gate } from "../download/gate.ts";
import { outcomeOf } from "../failed.ts";
import { cleanUpOf, downloadDirOf, downloadGate, networkOf, rangeOf, retriesOf, sourceOf } from "../settings.ts";
import type { EraFile } from "../source/source.ts";
import { callOf, downloadFields, eraFile, fileFromJson, networkField, resultOf, sourceField } from "./fields.ts";

const params = z
  .strictObject({
    ...networkField,
    ...sourceField,
    ...downloadFields,
    file: eraFile.optional().describe("one file, an item of era.plan's todo"),
    range: z.string().optional().describe("or all files of a range"),
  })
  .refine(({ file, range }) => (file === undefined) !== (range === undefined), "give either file or range");

const local = z.strictObject({
  era: z.int(),
  name: z.string().describe("as the source calls it"),
  path: z.string(),
  owner: z.enum(["source", "download"]).describe("source: read in place, not to be deleted"),
  sizeBytes: z.int(),
  fetchedBytes: z.int().describe("less than the size when a part or all was there already"),
  stateSkipped: z.boolean(),
});

const outputs = z.strictObject({
  path: z.string().describe("of the only file, or of the first"),
  owner: z.enum(["source", "download"]),
  stateSkipped: z.boolean(),
  disposable: z.boolean().describe("ours to delete once its era is complete (ERA_CLEANUP_AFTER_PROCESS)"),
  fetchedBytes: z.int(),
  files: z.array(local),
});

export const downloadAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "era.download",
  title: "Download era files",
  description:
    "Fetches one era file or a range, in parallel parts with resume, retries with backoff, length and ETag checks. A file has its " +
    "final name only when it is complete and synced; a complete one is not fetched again; a local source is read in place. " +
    "After an interruption it goes on from the parts that are there.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview({ file, range, source }) {
    return {
      grade: "described",
      lines: [`would fetch ${file?.name ?? `eras ${range}`} from ${source || "ERA_BASE_URL"}`],
    };
  },
  async run(given, context) {
    const outcome = await outcomeOf(() => fetchAll(given, context), context.signal);
    return resultOf(outcome, (files) => {
      const first = files[0];
      return {
        path: first?.path ?? "",
        owner: first?.owner ?? "source",
        stateSkipped: first?.stateSkipped ?? false,
        disposable: first?.owner === "download" && cleanUpOf(undefined, context.env),
        fetchedBytes: files.reduce((sum, { fetchedBytes }) => sum + fetchedBytes, 0),
        files,
      };
    });
  },
});

async function fetchAll(given: z.infer<typeof params>, context: ActionContext): Promise<z.infer<typeof local>[]> {
  const call = callOf({}, context);
  const source = sourceOf(given, call);
  const list = async () => {
    const network = networkOf(given, call).name;
    return (await source.list({ network, range: rangeOf(given), signal: context.signal, log: context.log })).files;
  };
  const files = given.file === undefined ? await list() : [fileFromJson(given.file)];
  const options = {
    directory: downloadDirOf(given.downloadDir, call),
    skipState: given.skipState,
    retries: retriesOf(context.env),
    gate: downloadGate(context.env),
    signal: context.signal,
    log: context.log,
  };
  let finished = 0;
  const fetchOne = async (file: EraFile) => {
    const onProgress = (done: number, total?: number) => tell(context, files.length, finished, file, done, total);
    const fetched = await downloadEra(source, file, { ...options, onProgress });
    finished++;
    return toJson(file, fetched);
  };
  const atOnce = new Gate(4);
  return Promise.all(files.map((file) => atOnce.run(() => fetchOne(file))));
}

function tell(
  context: ActionContext,
  count: number,
  finished: number,
  file: EraFile,
  done: number,
  total: number | undefined,
) {
  if (count > 1) context.progress({ done: finished, total: count, unit: "files", note: file.name });
  else context.progress({ done, unit: "bytes", note: file.name, ...(total === undefined ? {} : { total }) });
}

function toJson({ era, name }: EraFile, fetched: LocalEra): z.infer<typeof local> {
  return { era, name, ...fetched };
}
