import { printable } from "../../lib/printable.ts";
import { wrap } from "../dialog/wrap.ts";
import type { BookSource, Field } from "../shell/app-source.ts";
import { headingOf, lineOf, rowOf, windowOf } from "../shell/row.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, paint } from "../theme.ts";
import { choicesOf, type FormState, isRequired, problemOf, type Stop, stopsOf } from "./form-state.ts";

export type FormPicture = {
  readonly form: FormState;
  readonly glyphs: Glyphs;
  readonly readValue: BookSource["readValue"];
  /** What stands above the fields. */
  readonly intro: readonly string[];
  readonly goLabel: string;
  readonly problems: readonly string[];
};

const ABOUT_ROWS = 6;
const NAME_COLUMNS = 24;

/** Exactly `height` rows of exactly `width` columns: fields above, what the focused one is about below. */
export function paintForm(picture: FormPicture, width: number, height: number): string[] {
  const { form, glyphs, intro } = picture;
  const stops = stopsOf(form);
  const focused = stops[form.focus];
  const aboutRows = height >= 14 ? ABOUT_ROWS : Math.min(2, Math.max(0, height - 3));
  const introRows = height >= 20 ? intro.flatMap((line) => wrap(printable(line), width - 2)).slice(0, 6) : [];
  const rows = introRows.map((line) => lineOf(line, width, glyphs, "90"));
  if (rows.length > 0) rows.push(" ".repeat(width));
  let at = 0;
  const given = form.practice ? form.fields.filter((field) => field.byLab === "given") : [];
  for (const [index, stop] of stops.entries()) {
    if (stop.kind === "go") {
      for (const field of given) rows.push(labRow(field, width, glyphs));
      rows.push(" ".repeat(width));
    }
    if (index === form.focus) at = rows.length;
    rows.push(stopRow(stop, index === form.focus, picture, width));
  }
  for (const problem of picture.problems) rows.push(lineOf(problem, width, glyphs, "31"));
  const above = windowOf(rows, at, width, height - aboutRows);
  return [...above, ...aboutLines(focused, picture, width, aboutRows)].slice(0, height);
}

function stopRow(stop: Stop, focused: boolean, picture: FormPicture, width: number): string {
  const { form, glyphs, goLabel } = picture;
  if (stop.kind === "go")
    return rowOf([{ text: `${focused ? glyphs.running : " "} [ ${goLabel} ]` }], width, glyphs, focused);
  if (stop.kind === "practice") {
    const words = form.practice ? "yes: simulators, nothing real is reached" : "no";
    const cells = [{ text: "practise", width: NAME_COLUMNS }, { text: `< ${words} >` }];
    return rowOf(cells, width, glyphs, focused);
  }
  return fieldRow(stop.field, focused, picture, width);
}

function fieldRow(field: Field, focused: boolean, picture: FormPicture, width: number): string {
  const { form, glyphs } = picture;
  const written = form.texts[field.name]?.text ?? "";
  const problem = toldProblem(field, picture);
  const tells = problem !== undefined;
  const mark = tells ? glyphs.failed : written !== "" || !isRequired(form, field) ? glyphs.done : glyphs.waiting;
  const sgr = tells ? "31" : written !== "" || !isRequired(form, field) ? "32" : "90";
  const name = fitText(printable(field.name), NAME_COLUMNS, glyphs.ellipsis);
  const right = tells ? problem : `${field.spec.type}${isRequired(form, field) ? ", required" : ""}`;
  const rightColumns = Math.min(tells ? 56 : 20, Math.max(0, Math.floor(width * 0.4)));
  const valueColumns = Math.max(4, width - NAME_COLUMNS - rightColumns - 8);
  const value = valueText(field, picture, focused, valueColumns);
  const label = focused ? paint("1;7", name) : name;
  const note = fitText(printable(right).replace(/\s+/g, " "), rightColumns, glyphs.ellipsis);
  const row = ` ${paint(sgr, mark)} ${label} ${value}  ${paint(tells ? "31" : "90", note)}`;
  const used = 1 + 1 + 1 + NAME_COLUMNS + 1 + valueColumns + 2 + rightColumns;
  return used <= width ? row + " ".repeat(width - used) : lineOf(`${field.name} ${written}`, width, glyphs);
}

/** The text with its cursor; a secret as stars; the default, dim, where nothing is written. */
function valueText(field: Field, { form, glyphs }: FormPicture, focused: boolean, columns: number): string {
  const { text, at } = form.texts[field.name] ?? { text: "", at: 0 };
  const secret = field.spec.type === "secret";
  if (text === "" && !focused) {
    const own = field.defaultText === undefined ? "" : `${field.defaultText} (default)`;
    const placeholder = form.practice && field.byLab === "offered" ? "the lab's own" : own;
    return paint("90", fitText(printable(placeholder).replace(/\s+/g, " "), columns, glyphs.ellipsis));
  }
  const shown = secret ? "*".repeat([...text].length) : printable(text);
  const cursor = secret ? [...text.slice(0, at)].length : printable(text.slice(0, at)).length;
  if (!focused) return fitText(shown, columns, glyphs.ellipsis);
  // The part around the cursor, when there is more than fits.
  const from = Math.max(0, Math.min(cursor - (columns >> 1), shown.length + 1 - columns));
  const part = fitText(shown.slice(from, from + columns), columns, glyphs.ellipsis);
  const place = cursor - from;
  return `\u001b[4m${part.slice(0, place)}\u001b[7m${part.slice(place, place + 1)}\u001b[27m${part.slice(place + 1)}\u001b[0m`;
}

function labRow(field: Field, width: number, glyphs: Glyphs): string {
  return rowOf([{ text: `  ${field.name}`, width: NAME_COLUMNS + 2 }, { text: "given by the lab" }], width, glyphs);
}

function aboutLines(stop: Stop | undefined, picture: FormPicture, width: number, count: number): string[] {
  if (count === 0) return [];
  const { glyphs } = picture;
  const rows = [headingOf(titleOf(stop), width, glyphs, "90")];
  const add = (text: string, sgr?: string): void => {
    for (const line of wrap(printable(text), width - 2)) rows.push(lineOf(line, width, glyphs, sgr));
  };
  const problem = stop?.kind === "field" ? toldProblem(stop.field, picture) : undefined;
  // In full: how to mend it stands at its end.
  if (problem !== undefined) add(problem, "31");
  for (const text of aboutOf(stop)) add(text);
  return [...rows.slice(0, count), ...Array<string>(Math.max(0, count - rows.length)).fill(" ".repeat(width))];
}

/** A field that nobody has been at yet is not told off. */
function toldProblem(field: Field, { form, readValue }: FormPicture): string | undefined {
  const touched = (form.texts[field.name]?.text ?? "") !== "" || form.visited.has(field.name);
  return touched ? problemOf(form, field, readValue) : undefined;
}

function titleOf(stop: Stop | undefined): string {
  return stop?.kind === "field" ? stop.field.name : stop?.kind === "practice" ? "practise" : "go on";
}

function aboutOf(stop: Stop | undefined): readonly string[] {
  if (stop?.kind === "practice")
    return ["In a practice run everything that the runbook talks to is a simulator on this machine."];
  if (stop?.kind !== "field") return ["enter: next comes the plan; nothing is started yet"];
  const { field } = stop;
  const choices = choicesOf(field);
  return [
    ...(field.about ? [field.about] : []),
    ...(choices.length > 0
      ? [`one of: ${choices.join(", ")} (left and right choose)`]
      : [boundsOf(field)].filter(Boolean)),
    ...(field.spec.type === "secret" ? ["what you type is not shown and is kept nowhere"] : []),
    ...(field.defaultText === undefined ? [] : [`default: ${field.defaultText}`]),
    ...(field.lastText === undefined ? [] : [`last time: ${field.lastText} (ctrl-y takes it)`]),
  ];
}

function boundsOf({ spec }: Field): string {
  const parts = [
    spec.pattern === undefined ? "" : `must match ${spec.pattern}`,
    spec.min === undefined ? "" : `at least ${spec.min}`,
    spec.max === undefined ? "" : `at most ${spec.max}`,
  ];
  return parts.filter(Boolean).join(", ");
}
