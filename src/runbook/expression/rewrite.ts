import type { NumberMode } from "./convert.ts";
import type { Reference } from "./references.ts";
import { stepKey } from "./step-key.ts";
import { tokenize } from "./tokens.ts";

/** The roots under which the evaluator offers the same values with another view of their numbers. */
export const TYPED_ROOTS: Readonly<Record<string, { readonly root: string; readonly mode: NumberMode }>> = {
  runsheet_number_params: { root: "params", mode: "number" },
  runsheet_duration_params: { root: "params", mode: "duration" },
  runsheet_number_steps: { root: "steps", mode: "number" },
  runsheet_duration_steps: { root: "steps", mode: "duration" },
};

/** An expression in the words of the CEL library. `toSource` maps an offset in `cel` back to the author's text. */
export type Rewritten = { readonly cel: string; readonly toSource: (offset: number) => number };

/**
 * The author's expression as CEL: step ids with dashes become plain names, `duration()` becomes ours, and references
 * whose declared type decides about their numbers go to another root.
 *
 * @param stepText what stands for a step, given its id and the root that its numbers need.
 */
export function rewrite(
  source: string,
  references: readonly Reference[],
  modeOf: (reference: Reference) => NumberMode,
  stepText = (id: string, root: string) => `${root}.${stepKey(id)}`,
): Rewritten {
  const edits: Edit[] = ownCalls(source);
  for (const reference of references) {
    const mode = modeOf(reference);
    const root = mode === "plain" ? reference.root : `runsheet_${mode}_${reference.root}`;
    const id = reference.root === "steps" ? reference.path[0] : undefined;
    if (id) edits.push({ start: reference.start, end: id.after, text: stepText(id.name, root) });
    else if (root !== reference.root) edits.push({ start: reference.start, end: reference.rootEnd, text: root });
  }
  return applyEdits(
    source,
    edits.sort((a, b) => a.start - b.start),
  );
}

type Edit = { readonly start: number; readonly end: number; readonly text: string };

/** Calls of functions that the library has too and does not let us replace: ours know days, and stop slow patterns. */
function ownCalls(source: string): Edit[] {
  const tokens = tokenize(source);
  return tokens.flatMap(({ text, start, end }, i) => {
    const member = tokens[i - 1]?.text === ".";
    const ours = member ? text === "matches" : text === "duration";
    return ours && tokens[i + 1]?.text === "(" ? [{ start, end, text: `runsheet_${text}` }] : [];
  });
}

function applyEdits(source: string, edits: readonly Edit[]): Rewritten {
  let cel = "";
  let at = 0;
  const marks: { readonly cel: number; readonly source: number }[] = [];
  for (const { start, end, text } of edits) {
    cel += source.slice(at, start);
    marks.push({ cel: cel.length, source: start });
    cel += text;
    marks.push({ cel: cel.length, source: end });
    at = end;
  }
  cel += source.slice(at);
  const toSource = (offset: number): number => {
    const i = marks.findLastIndex((mark) => mark.cel <= offset);
    const mark = marks[i];
    if (!mark) return offset;
    // Inside a replaced piece there is no finer position than its beginning.
    return i % 2 === 0 ? mark.source : mark.source + offset - mark.cel;
  };
  return { cel, toSource };
}
