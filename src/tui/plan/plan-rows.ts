import type { PlanRowView, PlanView } from "../shell/app-source.ts";
import { type Cell, lineOf, rowOf, windowOf } from "../shell/row.ts";
import { ago, plural, took } from "../shell/words.ts";
import { type Glyphs, paint } from "../theme.ts";
import { type DiffRow, paramChanges } from "./plan-diff.ts";

export type PlanPicture = {
  readonly plan: PlanView;
  readonly rows: readonly DiffRow[];
  readonly selected: number;
  readonly comparing: boolean;
  readonly nowMs: number;
  readonly glyphs: Glyphs;
};

const MARKS = { same: " ", added: "+", changed: "~", removed: "-" } as const;
const MARK_SGR = { same: "0", added: "32", changed: "33", removed: "31" } as const;

/** Exactly `height` rows of exactly `width` columns. */
export function paintPlan(picture: PlanPicture, width: number, height: number): string[] {
  const { rows, selected, glyphs } = picture;
  const top = [...summaryRows(picture, width), paint("90", rowOf(headCells(), width, glyphs))];
  const shown: string[] = [];
  let at = 0;
  for (const [index, row] of rows.entries()) {
    if (index === selected) at = shown.length;
    shown.push(rowOf(cellsOf(row, index, picture), width, glyphs, index === selected));
    if (picture.comparing && row.change === "changed") shown.push(...changeRows(row, width, glyphs));
  }
  if (rows.length === 0) shown.push(lineOf("this runbook has no steps", width, glyphs, "90"));
  const head = top.slice(0, Math.max(0, height - 1));
  return [...head, ...windowOf(shown, at, width, height - head.length)];
}

function summaryRows({ plan, comparing, nowMs, glyphs }: PlanPicture, width: number): string[] {
  const params = plan.params.map(([name, text]) => `${name}=${text}`).join(" ");
  const lines = [lineOf(params === "" ? "no parameters" : params, width, glyphs)];
  if (!comparing) return lines;
  const { last } = plan;
  if (!last) return [...lines, lineOf("there is no earlier run to compare with", width, glyphs, "33")];
  const text = last.sha256 === plan.sha256 ? "same text of the runbook" : "the runbook's text has changed";
  const changes = paramChanges(plan.params, last);
  lines.push(
    lineOf(`compared with ${last.runId}, ${ago(last.endedMs, nowMs)}, ${last.result}: ${text}`, width, glyphs, "33"),
  );
  for (const change of changes.slice(0, 5)) lines.push(lineOf(`~ ${change}`, width, glyphs, "33"));
  return lines;
}

function changeRows({ before, row }: DiffRow, width: number, glyphs: Glyphs): string[] {
  const kept = new Set(before.filter((line) => row.would.includes(line)));
  return [
    ...before.filter((line) => !kept.has(line)).map((line) => lineOf(`        - ${line}`, width, glyphs, "31")),
    ...row.would.filter((line) => !kept.has(line)).map((line) => lineOf(`        + ${line}`, width, glyphs, "32")),
  ];
}

function headCells(): Cell[] {
  return columns({
    mark: "",
    number: "#",
    step: "step",
    would: "would do",
    risk: "risk",
    asks: "asks",
    known: "known",
    last: "last",
  });
}

function cellsOf({ row, change }: DiffRow, index: number, { plan, comparing }: PlanPicture): Cell[] {
  const skipped = row.wanted === false || change === "removed";
  const lastMs = plan.last?.tookMs[row.at];
  const items = row.items === undefined ? "" : ` x${row.items === "unknown" ? "?" : row.items}`;
  return columns({
    mark: comparing ? MARKS[change] : "",
    markSgr: MARK_SGR[change],
    number: String(index + 1),
    step: `${"  ".repeat(row.depth)}${row.at.split("/").at(-1)}${items}`,
    would: wouldWords(row, change),
    risk: riskWord(row),
    riskSgr: row.effect === "destroy" ? "1;31" : row.effect === "mutate" ? "33" : "32",
    asks: row.asks === "no" ? "-" : row.asks === "typed" ? "typed" : "yes",
    known: row.grade === "simulated" ? "exactly" : row.grade === "native" ? "previewed" : "in words",
    last: lastMs === undefined ? "" : took(lastMs),
    ...(skipped ? { dim: true } : {}),
  });
}

function columns(
  text: {
    readonly [name in "mark" | "number" | "step" | "would" | "risk" | "asks" | "known" | "last"]: string;
  } & { readonly markSgr?: string; readonly riskSgr?: string; readonly dim?: boolean },
): Cell[] {
  const dim = text.dim ? { sgr: "90" } : {};
  return [
    { text: text.mark, width: 1, ...(text.markSgr ? { sgr: text.markSgr } : {}) },
    { text: text.number, width: 3, right: true, ...dim },
    { text: text.step, width: 28, ...dim },
    { text: text.would, drop: 4, ...dim },
    { text: text.risk, width: 8, ...(text.riskSgr && !text.dim ? { sgr: text.riskSgr } : dim) },
    { text: text.asks, width: 5, drop: 1, ...dim },
    { text: text.known, width: 9, drop: 3, ...dim },
    { text: text.last, width: 11, right: true, drop: 2, ...dim },
  ];
}

function wouldWords(row: PlanRowView, change: DiffRow["change"]): string {
  if (change === "removed") return "no longer there";
  const first = row.would[0] ?? "";
  if (row.wanted === false) return `skipped: ${first || "its condition does not hold"}`;
  const maybe = row.wanted === "unknown" ? "maybe (earlier steps decide): " : "";
  const more = row.would.length > 1 ? ` (+${plural(row.would.length - 1, "line")})` : "";
  return `${maybe}${first || row.title}${more}`;
}

export function riskWord(row: Pick<PlanRowView, "effect" | "kind">): string {
  return row.effect === "destroy" ? "DESTROYS" : row.effect === "mutate" ? "changes" : "reads";
}
