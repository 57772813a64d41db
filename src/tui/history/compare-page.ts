import { stepRows } from "../run/step-rows.ts";
import type { AppSource, RunRecord } from "../shell/app-source.ts";
import { type Cell, lineOf, rowOf, windowOf } from "../shell/row.ts";
import type { Shell } from "../shell/shell.ts";
import { clock, took } from "../shell/words.ts";
import { type Glyphs, paint, SGR, type StepLook } from "../theme.ts";
import { COMPARE_KEYS } from "./history-keys.ts";
import { ListPage } from "./list-page.ts";

type Side = { readonly look: StepLook; readonly note: string; readonly ms: number | undefined };
type Pair = {
  readonly at: string;
  readonly depth: number;
  readonly title: string;
  readonly a: Side | undefined;
  readonly b: Side | undefined;
};

/** Two runs of a runbook, step beside step; the earlier one on the left. */
export class ComparePage extends ListPage {
  readonly bindings = COMPARE_KEYS;
  private readonly a: RunRecord;
  private readonly b: RunRecord;
  private readonly pairs: readonly Pair[];

  constructor(shell: Shell, source: AppSource, one: RunRecord, other: RunRecord) {
    super(shell, source);
    [this.a, this.b] = one.state.createdMs <= other.state.createdMs ? [one, other] : [other, one];
    this.pairs = pairsOf(this.a, this.b);
  }

  protected headline(): string {
    return `runsheet  compare  ${this.a.runId}  with  ${this.b.runId}`;
  }

  protected override secondLine(): string {
    const words = ({ state }: RunRecord): string => `${clock(state.createdMs)} ${took(state.lastMs - state.createdMs)}`;
    const text = this.a.state.runbookSha256 === this.b.state.runbookSha256 ? "same text" : "the runbook's text differs";
    return `${words(this.a)}   ${words(this.b)}   ${text}`;
  }

  protected essence(): string {
    return this.pairs[this.selected]?.title ?? "no steps";
  }

  protected count(): number {
    return this.pairs.length;
  }

  protected act(): void {}

  protected rows(width: number, height: number): string[] {
    const { glyphs, pairs, selected } = this;
    const params = differences(this.a, this.b)
      .slice(0, 6)
      .map((line) => lineOf(`~ ${line}`, width, glyphs, "33"));
    const head = rowOf(
      [
        { text: "", width: 0 },
        { text: "step" },
        { text: "earlier", width: 26 },
        { text: "later", width: 26 },
        { text: "difference", width: 14, right: true, drop: 1 },
      ],
      width,
      glyphs,
    );
    const rows = pairs.map((pair, index) => rowOf(cellsOf(pair, glyphs), width, glyphs, index === selected));
    const top = [...params, paint("90", head)];
    return [...top, ...windowOf(rows, selected, width, height - top.length)].slice(0, height);
  }
}

function pairsOf(a: RunRecord, b: RunRecord): readonly Pair[] {
  const before = new Map(stepRows(a.plan, a.state).map((row) => [row.at, row]));
  const now = stepRows(b.plan, b.state);
  const side = (row: (typeof now)[number] | undefined): Side | undefined =>
    row && {
      look: row.look,
      note: row.note,
      ms: row.startedMs === undefined || row.endedMs === undefined ? undefined : row.endedMs - row.startedMs,
    };
  const pairs = now.map((row) => ({
    at: row.at,
    depth: row.depth,
    title: row.title,
    a: side(before.get(row.at)),
    b: side(row),
  }));
  const known = new Set(now.map((row) => row.at));
  const gone = [...before.values()].filter((row) => !known.has(row.at));
  return [
    ...pairs,
    ...gone.map((row) => ({ at: row.at, depth: row.depth, title: row.title, a: side(row), b: undefined })),
  ];
}

function cellsOf({ depth, title, a, b }: Pair, glyphs: Glyphs): Cell[] {
  const off = a?.ms === undefined || b?.ms === undefined ? undefined : b.ms - a.ms;
  const much = off !== undefined && Math.abs(off) >= Math.max(1_000, (a?.ms ?? 0) * 0.1);
  const words = off === undefined || !much ? "" : `${off > 0 ? "+" : "-"}${took(Math.abs(off))}`;
  return [
    { text: "", width: 0 },
    { text: `${"  ".repeat(depth)}${title}` },
    { text: sideWords(a, glyphs), width: 26, ...(a ? { sgr: SGR[a.look] } : {}) },
    { text: sideWords(b, glyphs), width: 26, ...(b ? { sgr: SGR[b.look] } : {}) },
    { text: words, width: 14, right: true, drop: 1, sgr: off !== undefined && off > 0 ? "33" : "32" },
  ];
}

function sideWords(side: Side | undefined, glyphs: Glyphs): string {
  if (!side) return "not in that plan";
  return [glyphs[side.look], side.ms === undefined ? "" : took(side.ms), side.note].filter(Boolean).join(" ");
}

function differences(a: RunRecord, b: RunRecord): readonly string[] {
  const before = new Map(a.params);
  const now = new Map(b.params);
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((name) => before.get(name) !== now.get(name))
    .map((name) => `${name}: ${before.get(name) ?? "not given"} -> ${now.get(name) ?? "not given"}`);
}
