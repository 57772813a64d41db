import { valueToText } from "../../domain/value.ts";
import { type Key, keyLabel } from "../key.ts";
import type { BookSource, Field, FieldValues } from "../shell/app-source.ts";
import { editText, type TextField, textField } from "./text-field.ts";

/** A form as it is being filled in. Only the functions here make new ones. */
export type FormState = {
  readonly fields: readonly Field[];
  readonly texts: { readonly [name: string]: TextField };
  /** Index into `stops`. */
  readonly focus: number;
  /** The lab gives what only the real thing has. */
  readonly practice: boolean;
  readonly canPractise: boolean;
  /** Problems of fields that were not visited yet are not shown before the form is handed in. */
  readonly visited: ReadonlySet<string>;
};

/** Where the focus can stand: each field, the switch for practice, the button. */
export type Stop =
  | { readonly kind: "field"; readonly field: Field }
  | { readonly kind: "practice" }
  | { readonly kind: "go" };

export function newForm(fields: readonly Field[], canPractise: boolean): FormState {
  const texts = Object.fromEntries(fields.map((field) => [field.name, textField("")]));
  return { fields, texts, focus: 0, practice: false, canPractise, visited: new Set() };
}

export function stopsOf(form: FormState): readonly Stop[] {
  return [
    ...(form.canPractise ? [{ kind: "practice" } as const] : []),
    ...form.fields
      .filter((field) => !(form.practice && field.byLab === "given"))
      .map((field) => ({ kind: "field", field }) as const),
    { kind: "go" },
  ];
}

export function valuesOf(form: FormState): FieldValues {
  const given = form.fields.filter((field) => !(form.practice && field.byLab === "given"));
  return Object.fromEntries(given.map(({ name }) => [name, form.texts[name]?.text ?? ""]));
}

/** Why a field cannot be used as it stands, by the language's own check. */
export function problemOf(form: FormState, field: Field, readValue: BookSource["readValue"]): string | undefined {
  if (form.practice && field.byLab === "given") return undefined;
  const text = form.texts[field.name]?.text ?? "";
  if (text === "") return isRequired(form, field) ? "needs a value" : undefined;
  const read = readValue(field.spec, text);
  return read.kind === "ok" ? undefined : read.problem;
}

export function isRequired({ practice }: FormState, field: Field): boolean {
  return field.required && !(practice && field.byLab !== "no");
}

export function choicesOf({ spec }: Field): readonly string[] {
  if (spec.enum) return spec.enum.map(valueToText);
  return spec.type === "boolean" ? ["true", "false"] : [];
}

/** One key in the form; `undefined`: not the form's key. Pure. */
export function formKey(form: FormState, key: Key): FormState | undefined {
  const stops = stopsOf(form);
  const stop = stops[form.focus];
  const label = keyLabel(key);
  if (["down", "tab"].includes(label)) return moved(form, 1);
  if (label === "up") return moved(form, -1);
  if (stop?.kind === "practice" && [" ", "left", "right", "y", "n"].includes(label)) {
    return { ...form, practice: label === "y" || (label !== "n" && !form.practice) };
  }
  if (stop?.kind !== "field") return undefined;
  const { field } = stop;
  if (label === "enter") return moved(form, 1);
  if (label === "ctrl-y") return field.lastText === undefined ? form : written(form, field, textField(field.lastText));
  const choices = choicesOf(field);
  if (choices.length > 0 && ["left", "right", " "].includes(label))
    return cycled(form, field, choices, label === "left" ? -1 : 1);
  const edited = editText(form.texts[field.name] ?? textField(""), key);
  return edited && written(form, field, edited);
}

/** Every field as the last run had it; what it did not have stays. */
export function withLastValues(form: FormState): FormState {
  const last = form.fields.flatMap(({ name, lastText }) =>
    lastText === undefined ? [] : [[name, textField(lastText)] as const],
  );
  return { ...form, texts: { ...form.texts, ...Object.fromEntries(last) } };
}

/** Everything was looked at: every problem shows. The focus goes to the first. */
export function allVisited(form: FormState, problem: (field: Field) => string | undefined): FormState {
  const wrong = stopsOf(form).findIndex((stop) => stop.kind === "field" && problem(stop.field) !== undefined);
  const visited = new Set(form.fields.map((field) => field.name));
  return { ...form, visited, focus: wrong < 0 ? form.focus : wrong };
}

function moved(form: FormState, by: number): FormState {
  const stops = stopsOf(form);
  const left = stops[form.focus];
  const visited = left?.kind === "field" ? new Set([...form.visited, left.field.name]) : form.visited;
  return { ...form, visited, focus: Math.max(0, Math.min(stops.length - 1, form.focus + by)) };
}

function written(form: FormState, { name }: Field, text: TextField): FormState {
  return { ...form, texts: { ...form.texts, [name]: text } };
}

function cycled(form: FormState, field: Field, choices: readonly string[], by: number): FormState {
  const now = choices.indexOf(form.texts[field.name]?.text || (field.defaultText ?? ""));
  const next = now < 0 ? (by > 0 ? 0 : choices.length - 1) : (now + by + choices.length) % choices.length;
  return written(form, field, textField(choices[next] as string));
}
