import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { path } from "../fields.ts";
import { type Loaded, loadParsed } from "../replay/load.ts";
import { type FileProblem, type ParsedFile, quoted, readRows } from "../replay/rows.ts";
import { sizeText } from "../s3/meter.ts";
import { balancedGroups, type Dataset, type Group } from "./split.ts";

const params = z.strictObject({
  sizes: path.describe("a TSV file with name and bytes per line, as logcache.copy writes it"),
  databases: z
    .array(z.string().min(1))
    .min(1)
    .describe("the heavy databases: datasets whose name begins with raw-DATABASE- are divided"),
  jobs: z.int().min(1).max(100).default(2).describe("how many jobs to divide them among"),
  suffix: z.string().default("").describe("what the validation's name has behind the dataset's, e.g. -validation"),
});

const outputs = z.strictObject({
  groups: z.array(z.array(z.string())).describe("datasets per job, about equally heavy"),
  bytes: z.array(z.int()).describe("bytes per job"),
});

type Params = z.output<typeof params>;
type Outputs = z.output<typeof outputs>;

export const splitAction = defineAction<Params, Outputs>({
  kind: "logcache.split",
  title: "Divide heavy databases among jobs",
  description:
    "Divides the datasets of heavy databases into groups of about equal size, by their bytes and not by the alphabet, for " +
    "validation jobs of their own. Starts nothing.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given, { cwd }) {
    const groups = await divide(given, cwd);
    if (groups.kind === "failed") return { grade: "native", lines: groups.failure.message.split("\n") };
    return { grade: "native", lines: linesOf(groups.value) };
  },
  async run(given, { cwd, log }: ActionContext): Promise<ActionResult<Outputs>> {
    const groups = await divide(given, cwd);
    if (groups.kind === "failed") return groups;
    for (const line of linesOf(groups.value)) log(line);
    return {
      kind: "ok",
      outputs: { groups: groups.value.map(({ names }) => [...names]), bytes: groups.value.map(({ bytes }) => bytes) },
    };
  },
});

async function divide(given: Params, cwd: string): Promise<Loaded<readonly Group[]>> {
  const datasets = await loadParsed("sizes", given.sizes, cwd, parseSizes);
  if (datasets.kind === "failed") return datasets;
  const heavy = datasets.value.filter(({ name }) => given.databases.some((one) => name.startsWith(`raw-${one}-`)));
  if (heavy.length === 0) {
    const message = `${given.sizes} has no dataset of ${given.databases.join(", ")}`;
    const hint = 'names look like raw-double-entry-s0/log; correct "databases"';
    return { kind: "failed", failure: failure("logcache-no-dataset", message, { hint, retryable: false }) };
  }
  const named = heavy.map(({ name, sizeBytes }) => ({ name: name + given.suffix, sizeBytes }));
  return { kind: "ok", value: balancedGroups(named, given.jobs) };
}

function parseSizes(text: string): ParsedFile<Dataset> {
  const records: Dataset[] = [];
  const problems: FileProblem[] = [];
  for (const { line, fields } of readRows(text, "\t")) {
    const [name, bytes] = fields;
    if (name && bytes !== undefined && /^\d{1,15}$/.test(bytes)) records.push({ name, sizeBytes: Number(bytes) });
    else problems.push({ line, reason: `needs a name, a tab and a number of bytes, not ${quoted(fields.join("\t"))}` });
  }
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "ok", records };
}

function linesOf(groups: readonly Group[]): string[] {
  return groups.map(({ names, bytes }, index) => `job ${index + 1}, ${sizeText(bytes)}: ${names.join(", ")}`);
}
