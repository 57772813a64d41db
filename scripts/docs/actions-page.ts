import { z } from "zod";
import { builtInActions } from "../../src/actions/registry.ts";
import type { Action } from "../../src/domain/action.ts";
import { mapsOf, type Schema, valueWords } from "./json-schema-words.ts";
import { anchor, code, sentence, table } from "./markdown.ts";

const HEAD = `# Actions

<!-- Made by \`npm run docs\` from the action definitions. Edit those. -->

Step kinds that come with the program, used as \`uses: KIND\` with parameters under \`with:\`. \`runsheet actions KIND\` says the
same in the terminal, \`--json\` as JSON Schema. [Writing your own](plugins.md) takes one file.

\`\`\`yaml
runsheet: 1
name: mirror
steps:
  - id: copy
    uses: s3.copy
    with: { from: "s3://releases/v7/", to: "s3://mirror/v7/", concurrency: 16 }
  - id: show
    effect: read
    run: echo "\${{ steps.copy.outputs.transferred }} copied"
\`\`\`

Every parameter may hold \`\${{ }}\`. Durations are written \`500ms\`, \`5s\`, \`15m\`, \`3h\`, \`2d\`; sizes \`64KiB\`, \`5GB\`; relative
paths are relative to the runbook. *After an interruption* says what happens when the program dies within the action.
`;

const FAMILIES: { readonly [family: string]: string } = {
  clickhouse: "ClickHouse, over HTTP or embedded (chDB).",
  era: "Beacon-chain era files into ClickHouse; the long story is in [era.md](era.md).",
  file: "Files beside the runbook.",
  http: "HTTP endpoints.",
  log: "Logs of files and commands.",
  logcache: "The steps of the shipped runbook `log-cache-refresh`.",
  replay: "The steps of the shipped runbooks `replay-plan` and `replay-slices`.",
  s3: "Object storage: AWS, and every store that speaks S3.",
};

export function actionsPage(): string {
  const overview = builtInActions.map(({ kind, title, effect }) => [
    `[${code(kind)}](#${anchor(kind)})`,
    title,
    effect,
  ]);
  const families = Object.entries(FAMILIES).map(([name, words]) => {
    const actions = builtInActions.filter(({ kind }) => kind.startsWith(`${name}.`)).map(read);
    const shared = sharedParams(actions);
    const parts = [`## ${name}`, words];
    if (shared.length > 0) {
      const several = "Parameters of several of these actions. Each action says which of them it takes.";
      parts.push(several, table(["`with`", "value", "meaning"], shared.flatMap(paramRows)));
    }
    return [...parts, ...actions.map((action) => section(action, shared))].join("\n\n");
  });
  const unknown = builtInActions.filter(({ kind }) => !Object.hasOwn(FAMILIES, kind.split(".")[0] as string));
  if (unknown.length > 0) throw new Error(`scripts/docs: say what the family of ${unknown[0]?.kind} is`);
  return `${[HEAD.trimEnd(), table(["action", "what it does", "effect"], overview), ...families].join("\n\n")}\n`;
}

type Read = { readonly action: Action; readonly params: readonly Param[]; readonly outputs: Schema };
type Param = { readonly name: string; readonly schema: Schema; readonly needed: boolean };

function read(action: Action): Read {
  const params = z.toJSONSchema(action.params, { io: "input", unrepresentable: "any" }) as Schema;
  const outputs = z.toJSONSchema(action.outputs, { unrepresentable: "any" }) as Schema;
  return { action, params: paramsOf(params), outputs };
}

function paramsOf(schema: Schema): readonly Param[] {
  const found = mapsOf(schema).flatMap((map) =>
    Object.entries(map.properties ?? {}).map(([name, value]): [string, Param] => {
      const needed = map.required?.includes(name) === true && value.default === undefined;
      return [name, { name, schema: value, needed }];
    }),
  );
  return [...new Map(found).values()];
}

/** What several actions of a family take in the same way is told once. */
function sharedParams(actions: readonly Read[]): readonly Param[] {
  const several = Math.max(2, Math.min(3, actions.length));
  const all = actions.flatMap(({ params }) => params);
  const often = all.filter((param) => all.filter((other) => isSame(param, other)).length >= several);
  const distinct = often.filter((param, index) => often.findIndex((other) => isSame(param, other)) === index);
  // One name, one meaning: where actions differ, each tells its own.
  return distinct.filter(({ name }) => distinct.filter((other) => other.name === name).length === 1);
}

function isSame(a: Param, b: Param): boolean {
  return a.name === b.name && a.needed === b.needed && JSON.stringify(a.schema) === JSON.stringify(b.schema);
}

function section({ action, params, outputs }: Read, shared: readonly Param[]): string {
  const own = params.filter((param) => !shared.some((other) => isSame(param, other)));
  const others = params.filter((param) => !own.includes(param)).map(({ name }) => code(name));
  const parts = [
    `### ${action.kind}`,
    `**${action.title}.** ${action.description}`,
    `Effect \`${action.effect}\`. After an interruption ${interruption(action)}.`,
    own.length > 0 ? table(["`with`", "value", "meaning"], own.flatMap(paramRows)) : "",
    others.length > 0 ? `${own.length > 0 ? "And" : "Takes"} ${others.join(", ")} (above).` : "",
    params.length === 0 ? "No parameters." : "",
    outputTable(outputs),
  ];
  return parts.filter(Boolean).join("\n\n");
}

function interruption({ repeatable, effect, check }: Action): string {
  if (check && repeatable) return "the other side is asked whether it had finished, and what is left is done";
  if (check) return "the other side is asked whether it had finished; if it cannot tell, a person is asked";
  if (repeatable || effect === "read") return "it is simply run again";
  return "it is in doubt, unless the step has `verify`, `guard` or `idempotent`";
}

/** A parameter, and below it what the map that it may be holds. */
function paramRows({ name, schema, needed }: Param): string[][] {
  const words = [
    needed ? "**Required.**" : "",
    sentence(schema.description ?? ""),
    schema.default === undefined || isEmpty(schema.default) ? "" : `Default ${code(text(schema.default))}.`,
  ];
  const row = [code(name), valueWords(schema).replace(MAP_KEYS, "map"), words.filter(Boolean).join(" ")];
  const inner = paramsOf({ anyOf: mapsOf(schema) });
  if (inner.length < 2) return [row];
  return [row, ...inner.map((param) => [code(`${name}.${param.name}`), ...(paramRows(param)[0]?.slice(1) ?? [])])];
}

const MAP_KEYS = /map \((?:`[^`]+`(?:, )?)+\)/g;

function outputTable(schema: Schema): string {
  const rows = paramsOf(schema).map(({ name, schema: value }) => [
    code(name),
    valueWords(value),
    sentence(value.description ?? ""),
  ]);
  return rows.length === 0 ? "" : table(["output", "value", "meaning"], rows);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
