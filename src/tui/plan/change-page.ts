import type { BookChange, ChangedStep, Standing } from "../shell/app-source.ts";
import type { Binding } from "../shell/binding.ts";
import { Page } from "../shell/page.ts";
import { headingOf, lineOf, rowOf, windowOf } from "../shell/row.ts";
import type { Shell } from "../shell/shell.ts";
import { nearPath, plural } from "../shell/words.ts";

type ChangeCommand = "accept" | "go" | "down" | "up" | "leave";

export const CHANGE_KEYS: readonly Binding<ChangeCommand>[] = [
  {
    keys: ["a", " "],
    command: "accept",
    short: "accept this step",
    help: "this finished step keeps its result although it reads differently now; again: take it back",
  },
  {
    keys: ["s"],
    command: "go",
    short: "go on with the new text",
    help: "go on; every finished step that changed must be accepted",
  },
  { keys: ["j", "down"], command: "down", short: "", help: "next changed step" },
  { keys: ["k", "up"], command: "up", short: "", help: "changed step before" },
  { keys: ["esc", "q"], command: "leave", short: "keep the run's own copy", help: "back; nothing is changed" },
];

const MARKS = { added: "+", removed: "-", changed: "~" } as const;
const SGRS = { added: "32", removed: "31", changed: "33" } as const;

/** The runbook's file reads differently than the run's own copy: what differs, step by step, and whether each is accepted. */
export class ChangePage extends Page<ChangeCommand> {
  readonly bindings = CHANGE_KEYS;
  private readonly standing: Standing;
  private readonly change: BookChange;
  private readonly carry: (accepted: readonly string[]) => Promise<readonly string[] | undefined>;
  private readonly accepted = new Set<string>();
  private selected = 0;

  constructor(
    shell: Shell,
    standing: Standing,
    carry: (accepted: readonly string[]) => Promise<readonly string[] | undefined>,
  ) {
    super(shell);
    this.standing = standing;
    this.change = standing.change ?? { file: standing.file, impossible: [], steps: [] };
    this.carry = carry;
  }

  protected headline(): string {
    return `runsheet  changed runbook  ${this.standing.runId}  ${this.standing.runbook}`;
  }

  protected override secondLine(): string {
    const open = this.open().length;
    const steps = plural(this.change.steps.length, "step");
    return `${steps} differ${this.change.steps.length === 1 ? "s" : ""}${open > 0 ? `, ${open} to be accepted` : ""}  ${nearPath(this.change.file)}`;
  }

  protected essence(): string {
    return this.change.steps[this.selected]?.pattern ?? "no step differs";
  }

  protected override whyNot(command: ChangeCommand): string | undefined {
    const step = this.change.steps[this.selected];
    const [impossible] = this.change.impossible;
    if (command === "accept" && !step?.needsAcceptance) return "only finished steps that changed are accepted";
    if (command === "go" && impossible) return impossible;
    if (command === "go" && this.open().length > 0) return `not accepted yet: ${this.open().join(", ")}`;
    return undefined;
  }

  protected obey(command: ChangeCommand): void {
    const step = this.change.steps[this.selected];
    if (command === "leave") this.shell.back();
    if (command === "down") this.select(this.selected + 1);
    if (command === "up") this.select(this.selected - 1);
    if (command === "accept" && step) {
      if (!this.accepted.delete(step.pattern)) this.accepted.add(step.pattern);
    }
    if (command === "go") void this.go();
  }

  protected rows(width: number, height: number): string[] {
    const { glyphs, change, selected } = this;
    const listRows = Math.max(1, Math.min(change.steps.length, Math.floor(height / 3)));
    const list = change.steps.map((step, index) => rowOf(this.cells(step), width, glyphs, index === selected));
    if (list.length === 0)
      list.push(lineOf("only the text around the steps differs; nothing to accept", width, glyphs));
    const problems = change.impossible.slice(0, 6).map((line) => lineOf(line, width, glyphs, "31"));
    const below = [headingOf(change.steps[selected]?.pattern ?? "", width, glyphs), ...this.difference(width)];
    return [...problems, ...windowOf(list, selected, width, listRows), ...windowOf(below, 0, width, height)].slice(
      0,
      height,
    );
  }

  private cells(step: ChangedStep) {
    const accepted = this.accepted.has(step.pattern);
    const word = step.needsAcceptance ? (accepted ? "accepted" : "ACCEPT?") : "";
    return [
      { text: MARKS[step.kind], width: 1, sgr: SGRS[step.kind] },
      { text: step.pattern },
      { text: step.kind, width: 8, sgr: SGRS[step.kind], drop: 2 },
      { text: step.progress === "untouched" ? "not begun" : step.progress, width: 10, drop: 1 },
      { text: word, width: 8, sgr: accepted ? "32" : "1;33" },
    ];
  }

  private difference(width: number): string[] {
    const step = this.change.steps[this.selected];
    if (!step) return [];
    const same = (line: string, other: readonly string[]): boolean => other.includes(line);
    return [
      ...step.before
        .filter((line) => !same(line, step.after))
        .map((line) => lineOf(`- ${line}`, width, this.glyphs, "31")),
      ...step.after.map((line) =>
        same(line, step.before)
          ? lineOf(`  ${line}`, width, this.glyphs)
          : lineOf(`+ ${line}`, width, this.glyphs, "32"),
      ),
    ];
  }

  private open(): readonly string[] {
    return this.change.steps
      .filter((step) => step.needsAcceptance && !this.accepted.has(step.pattern))
      .map((step) => step.pattern);
  }

  private select(index: number): void {
    this.selected = Math.max(0, Math.min(this.change.steps.length - 1, index));
  }

  private async go(): Promise<void> {
    const lines = [
      "The run goes on with the file as it reads now; its own copy is replaced.",
      ...[...this.accepted].map((pattern) => `${pattern} keeps its result.`),
    ];
    const options = [
      { id: "no", label: "No, keep the run's own copy" },
      { id: "yes", label: "Go on with the new text" },
    ];
    const said = await this.ask({ title: `Go on with ${this.standing.runId}?`, lines, options, tone: "ask" });
    if (said !== "yes") return;
    const problem = await this.carry([...this.accepted]);
    if (problem) this.tell("It did not go on", problem);
  }
}
