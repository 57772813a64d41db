import type { Evaluated, Expressions, RenderedCommand, Scope } from "../../src/domain/expressions.ts";
import type { Command, Runbook, Span, Step, StepBody, Template } from "../../src/domain/runbook.ts";
import { type Value, valueToText } from "../../src/domain/value.ts";

const span: Span = { file: "/sim/runbook.yaml", line: 1, column: 1, length: 1 };

/** Text in which `{key}` stands for the item's key; all the expression language that the simulation needs. */
export function text(source: string): Template {
  return { source, parts: [{ kind: "text", text: source }], span };
}

export function shell(line: string): Command {
  return { kind: "line", line: text(line) };
}

export function stepOf(id: string, body: StepBody, more: Partial<Step> = {}): Step {
  return {
    id,
    body,
    effect: "mutate",
    retry: { attempts: 1, delayMs: 10, backoff: 2, maxDelayMs: 100, onExit: [] },
    onFailure: "ask",
    onInterrupt: "ask",
    idempotent: false,
    outputs: {},
    env: {},
    sensitive: false,
    span,
    ...more,
  };
}

export function runbookOf(steps: readonly Step[], more: Partial<Runbook> = {}): Runbook {
  return {
    name: "sim",
    title: text("sim"),
    params: {},
    secrets: {},
    env: [],
    context: {},
    plugins: [],
    steps,
    file: span.file,
    ...more,
  };
}

/** `true`, `false`, `{key}` and plain text. */
export const simExpressions: Expressions = {
  value: (template, scope) => ok(fill(template.source, scope)),
  text: (template, scope) => ok(fill(template.source, scope)),
  condition: (template) => ok(template.source === "true"),
  tree: (tree, scope) => {
    if (tree.kind === "literal") return ok(tree.value);
    if (tree.kind === "template") return ok(fill(tree.template.source, scope));
    if (tree.kind === "list") return ok(tree.items.map((item) => (item.kind === "literal" ? item.value : null)));
    return ok({} as Value);
  },
  command: (command, scope): Evaluated<RenderedCommand> => {
    const shown = command.kind === "line" ? fill(command.line.source, scope) : "argv";
    return ok({ argv: ["/bin/sh", "-c", shown], shown, secretEnv: {} });
  },
};

function fill(source: string, scope: Scope): string {
  return source.replace("{key}", scope.item === undefined ? "" : valueToText(scope.item));
}

function ok<T>(value: T): { kind: "ok"; value: T } {
  return { kind: "ok", value };
}

/** A random tree of steps whose commands are named after their addresses. */
export function randomSteps(random: () => number): readonly Step[] {
  let count = 0;
  const make = (prefix: string, inItem: boolean, depth: number): Step => {
    const id = `s${++count}`;
    const at = prefix === "" ? id : `${prefix}/${id}`;
    const roll = random();
    if (depth < 2 && roll < 0.2) {
      const steps = children(at, inItem, depth);
      return stepOf(
        id,
        { kind: "group", parallel: random() < 0.5, steps },
        { onFailure: random() < 0.3 ? "continue" : "ask" },
      );
    }
    if (depth < 2 && roll < 0.4) return fanOut(id, at, inItem, depth);
    if (roll < 0.47) return stepOf(id, { kind: "assert", that: text("true") });
    if (roll < 0.53) return stepOf(id, { kind: "confirm" }, { confirm: { message: text(`really ${at}?`) } });
    if (roll < 0.58) return stepOf(id, { kind: "wait", forMs: Math.floor(random() * 50) });
    if (roll < 0.63) return stepOf(id, { kind: "run", command: shell(`do ${at}`) }, { when: text("false") });
    return command(id, at);
  };
  const children = (at: string, inItem: boolean, depth: number) =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => make(at, inItem, depth + 1));
  const command = (id: string, at: string): Step => {
    const verify = random() < 0.3 ? { verify: probeOf(at) } : {};
    const confirm = random() < 0.15 ? { confirm: { message: text(`sure about ${at}?`) } } : {};
    return stepOf(
      id,
      { kind: "run", command: shell(`do ${at}`) },
      {
        effect: random() < 0.2 ? "read" : "mutate",
        idempotent: random() < 0.2,
        retry: { attempts: 1 + Math.floor(random() * 3), delayMs: 5, backoff: 2, maxDelayMs: 20, onExit: [] },
        onFailure: random() < 0.2 ? "continue" : "ask",
        ...verify,
        ...confirm,
      },
    );
  };
  const fanOut = (id: string, at: string, inItem: boolean, depth: number): Step => {
    const nested = !inItem && random() < 0.5;
    const body: StepBody = nested
      ? { kind: "group", parallel: random() < 0.5, steps: children(`${at}/{key}`, true, depth) }
      : { kind: "run", command: shell(inItem ? `do ${at}/{key} of {key}` : `do ${at}/{key}`) };
    const values = Array.from(
      { length: Math.floor(random() * 6) },
      (_, index) => ({ kind: "literal", value: `k${index}` }) as const,
    );
    return stepOf(id, body, {
      idempotent: random() < 0.3,
      forEach: {
        items: { kind: "literal", values },
        key: text("{key}"),
        concurrency: 1 + Math.floor(random() * 3),
        maxFailures: { kind: "count", count: Math.floor(random() * 3) },
        pilot: random() < 0.2 ? 1 : 0,
        order: "listed",
      },
      onFailure: "ask",
    });
  };
  return Array.from({ length: 2 + Math.floor(random() * 4) }, () => make("", false, 0));
}

function probeOf(at: string): NonNullable<Step["verify"]> {
  return { probe: { kind: "command", command: shell(`check ${at}`), timeoutMs: 1000 }, everyMs: 5, withinMs: 0 };
}
