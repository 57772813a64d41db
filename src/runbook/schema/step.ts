import type { Confirm, Step, Template, Undo } from "../../domain/runbook.ts";
import type { StepFacts } from "../expression/names.ts";
import { nearest } from "../suggest.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { spanAt } from "../yaml/source.ts";
import { type Context, withNames } from "./context.ts";
import { NO_RETRY } from "./retry.ts";
import { checkRules } from "./rules.ts";
import { type Field, headOf, mismatch, type ReadFields, readFields, type Shape } from "./shape.ts";
import { type BodyRead, readBody } from "./step-body.ts";
import { STEP_FIELDS, STEP_KINDS } from "./step-fields.ts";
import { STEP_SYNONYMS } from "./synonyms.ts";

/** A step with what later expressions may know of it, and how many steps it stands for when it is carried out. */
export type StepRead = {
  readonly step: Step;
  readonly facts: StepFacts;
  readonly count: number;
  readonly inner: readonly string[];
};

export type Kind = (typeof STEP_KINDS)[number];

const anyNode: Shape<Node> = { expects: "a value", schema: {}, read: (node) => node };

const later = <T>(known: Field<T>): Field<Node> => ({ ...known, shape: anyNode });

// These are read when it is known what they can look at.
const { forEach, with: withField, steps, outputs: outputsField, undo } = STEP_FIELDS;
const FIELDS = {
  ...STEP_FIELDS,
  forEach: later(forEach),
  with: later(withField),
  steps: later(steps),
  outputs: later(outputsField),
  undo: later(undo),
};

export type FieldsRead = ReadFields<typeof FIELDS>;

/** Fields that belong to a fan-out as a whole and do not see its items. */
const OUTSIDE = new Set(["title", "notes", "when", "confirm", "forEach"]);

export function readStep(node: Node, outside: Context): StepRead | undefined {
  if (node.kind !== "map")
    return mismatch(node, "a step: a map with id and run (or another kind)", outside, "write: - id: name");
  const kind = kindOf(node, outside);
  const fanNode = entryOf(node, "forEach")?.value;
  const fan = fanNode && forEach.shape.read(fanNode, outside);
  const item = fanNode ? { item: fan?.itemType ?? "dyn", key: true } : {};
  const covered = outside.covered || entryOf(node, "confirm") !== undefined;
  const inside = withNames({ ...outside, covered }, item);
  const read: FieldsRead = readFields(node, FIELDS, "a step", inside, {
    synonyms: STEP_SYNONYMS,
    contextOf: (key) => (OUTSIDE.has(key) ? outside : inside),
  });
  const id = read.id ?? "?";
  const line = spanAt(outside.report.source, node.range).line;
  if (!kind) return undefined;
  const body = readBody(kind, id, read, node, inside);
  if (!body) return undefined;
  const facts: StepFacts = { id, line, fanOut: fanNode !== undefined, outputs: body.outputs.types };
  const self: StepFacts = { ...facts, fanOut: false };
  const undoNode = read.undo;
  const undoRead = undoNode && undo.shape.read(undoNode, withNames(inside, { self }));
  const step = assemble(id, read, body, fan?.forEach, undoRead, node, inside);
  checkRules(kind, step, node, body.effect, inside);
  return { step, facts, count: body.count, inner: body.inner };
}

function kindOf(node: MapNode, { report }: Context): Kind | undefined {
  const given = STEP_KINDS.filter((kind) => entryOf(node, kind));
  const kinds = given.length > 1 ? given.filter((kind) => kind !== "confirm") : given;
  const [first, second] = kinds;
  if (!first && !node.entries.some(({ key }) => meansKind(key))) {
    const message = "the step does nothing";
    report.add(headOf(node), { code: "no-kind", message, mend: `write one of: ${STEP_KINDS.join(", ")}` });
  } else if (second) {
    const range = entryOf(node, second)?.keyRange ?? node.range;
    report.add(range, {
      code: "exclusive-keys",
      message: `a step is either ${first} or ${second}, not both`,
      mend: "make two steps of it",
    });
  }
  return first;
}

/** A misspelt kind is reported as an unknown key; that the step does nothing is then only its echo. */
function meansKind(key: string): boolean {
  const synonym = Object.hasOwn(STEP_SYNONYMS, key) ? STEP_SYNONYMS[key] : undefined;
  return !Object.hasOwn(STEP_FIELDS, key) && (synonym ?? nearest(key, Object.keys(STEP_FIELDS)) ?? "") in KIND_SET;
}

const KIND_SET: Readonly<Record<string, true>> = Object.fromEntries(STEP_KINDS.map((kind) => [kind, true]));

function assemble(
  id: string,
  read: FieldsRead,
  { body, effect, outputs }: BodyRead,
  forEach: Step["forEach"],
  undo: Undo | undefined,
  node: MapNode,
  context: Context,
): Step {
  const confirm = confirmOf(read, id);
  const probes = read.verify !== undefined || read.guard !== undefined;
  const onInterrupt = effect === "read" || read.idempotent ? "rerun" : probes ? "probe" : "ask";
  return {
    id,
    body,
    ...given("forEach", forEach),
    ...given("title", read.title),
    ...given("notes", read.notes),
    ...given("when", read.when),
    effect,
    ...given("confirm", confirm),
    ...given("guard", read.guard),
    ...given("verify", read.verify),
    ...given("preview", read.preview),
    ...given("timeoutMs", read.timeout),
    retry: read.retry ?? NO_RETRY,
    onFailure: read.onFailure ?? "ask",
    onInterrupt: read.onInterrupt ?? onInterrupt,
    idempotent: read.idempotent ?? false,
    ...given("undo", undo),
    outputs: outputs.sources,
    env: Object.fromEntries(read.env ?? []),
    ...given("cwd", read.cwd),
    sensitive: read.sensitive ?? false,
    span: spanAt(context.report.source, headOf(node)),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
}

function confirmOf(read: FieldsRead, id: string): Confirm | undefined {
  if (read.confirm !== true) return read.confirm;
  const title = read.title;
  if (title) return { message: title };
  const source = `Carry out ${id}?`;
  const span = { file: "", line: 1, column: 1, length: 1 };
  const message: Template = { source, parts: [{ kind: "text", text: source }], span };
  return { message };
}
