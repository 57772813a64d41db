import { printable } from "../../lib/printable.ts";
import { wrap } from "../dialog/wrap.ts";
import type { BookEntry, RunEntry, Stand } from "../shell/app-source.ts";
import { type Cell, columnsFor, headingOf, lineOf, rowOf, windowOf } from "../shell/row.ts";
import { ago, clock, nearPath, plural, reflowed, took } from "../shell/words.ts";
import { type Glyphs, SGR, type StepLook } from "../theme.ts";

export type HomeItem =
  | { readonly kind: "run"; readonly section: "needs" | "running"; readonly id: string; readonly run: RunEntry }
  | {
      readonly kind: "book";
      readonly section: "books";
      readonly id: string;
      readonly book: BookEntry;
      readonly last: LastRunOf;
    };

export type LastRunOf = { readonly run: RunEntry; readonly runs: number } | undefined;

export type HomeData = {
  readonly runs: readonly RunEntry[];
  /** `undefined` while they are being looked for. */
  readonly books: readonly BookEntry[] | undefined;
  readonly filter: string;
};

/** Pure: the rows in the order in which they are shown. */
export function homeItems({ runs, books = [], filter }: HomeData): readonly HomeItem[] {
  const wanted = (...texts: readonly string[]): boolean =>
    filter === "" || texts.some((text) => text.toLowerCase().includes(filter.toLowerCase()));
  const runItem =
    (section: "needs" | "running") =>
    (run: RunEntry): HomeItem => ({
      kind: "run",
      section,
      id: `run ${run.runId}`,
      run,
    });
  const matching = runs.filter((run) => wanted(run.runId, run.runbook, standWords(run.stand)));
  return [
    ...matching.filter((run) => run.needsYou).map(runItem("needs")),
    ...matching.filter((run) => run.stand.kind === "running").map(runItem("running")),
    ...books
      .filter((book) => wanted(book.name, book.title))
      .map(
        (book): HomeItem => ({
          kind: "book",
          section: "books",
          id: `book ${book.file}`,
          book,
          last: lastOf(runs, book),
        }),
      ),
  ];
}

/** The last run of a runbook that ended, and how many runs it had. */
export function lastOf(runs: readonly RunEntry[], book: { readonly file: string }): LastRunOf {
  const own = runs.filter((run) => run.file === book.file);
  const ended = own.find((run) => run.stand.kind === "ended" || (run.stand.kind === "failed" && run.stand.ended));
  return ended && { run: ended, runs: own.length };
}

export function standWords(stand: Stand): string {
  switch (stand.kind) {
    case "asks":
      return `${asksWords(stand)}${stand.live ? "" : " (paused)"}`;
    case "doubt":
      return `IN DOUBT: ${stand.at} has no record of its end`;
    case "failed":
      return `failed: ${stand.message.startsWith(stand.at) ? stand.message : `${stand.at}: ${stand.message}`}`;
    case "interrupted":
      return "interrupted: its executor is gone; nothing is lost";
    case "context":
      return `${stand.name} is ${JSON.stringify(stand.actual)} now, was ${JSON.stringify(stand.expected)}`;
    case "paused":
      return `paused: ${stand.why}`;
    case "new":
      return "created, never started";
    case "running":
      return `${stand.done}/${plural(stand.total, "step")}  ${stand.at}`;
    case "ended":
      return stand.result.replaceAll("-", " ");
    case "unreadable":
      return `UNREADABLE: ${stand.message}`;
  }
}

function asksWords({ title, why }: Extract<Stand, { kind: "asks" }>): string {
  const words = { confirm: "asks", typed: "wants a typed confirmation", failed: "failed, asks what to do" } as const;
  return `${words[why]}: ${title}`;
}

export function standLook(stand: Stand): StepLook {
  switch (stand.kind) {
    case "asks":
      return stand.why === "failed" ? "failed" : "asking";
    case "context":
      return "asking";
    case "doubt":
      return "doubt";
    case "failed":
    case "unreadable":
      return "failed";
    case "interrupted":
      return "retrying";
    case "running":
      return "running";
    case "ended":
      return stand.exitCode === 0 ? "done" : stand.exitCode === 3 ? "retrying" : "failed";
    case "paused":
    case "new":
      return "waiting";
  }
}

export type HomePicture = {
  readonly items: readonly HomeItem[];
  readonly selected: number;
  readonly booksKnown: boolean;
  readonly filter: string;
  readonly filtering: boolean;
  readonly nowMs: number;
  readonly glyphs: Glyphs;
};

/** Exactly `height` rows of exactly `width` columns. */
export function paintHome(picture: HomePicture, width: number, height: number): string[] {
  const { items, selected, glyphs, filter, filtering, booksKnown } = picture;
  const rows: string[] = [];
  let at = 0;
  const heading = (text: string, sgr?: string): void => {
    if (rows.length > 0) rows.push(" ".repeat(width));
    rows.push(headingOf(text, width, glyphs, sgr));
  };
  const section = (name: HomeItem["section"]): void => {
    for (const [index, item] of items.entries()) {
      if (item.section !== name) continue;
      if (index === selected) at = rows.length;
      rows.push(itemRow(item, index === selected, picture, width));
    }
  };
  const count = (name: HomeItem["section"]): number => items.filter((item) => item.section === name).length;
  if (count("needs") > 0) {
    heading("NEEDS YOU", "1;33");
    section("needs");
  }
  if (count("running") > 0) {
    heading("RUNNING", "1;36");
    section("running");
  }
  const words = filter !== "" || filtering ? `   / ${filter}${filtering ? "_" : ""}` : "";
  heading(`RUNBOOKS${booksKnown ? ` (${count("books")})` : ""}${words}`);
  section("books");
  if (count("books") === 0) rows.push(lineOf(emptyWords(booksKnown, filter), width, glyphs, "90"));
  const item = items[selected];
  const about = item ? aboutRows(item, picture, width).slice(0, Math.floor(height / 3)) : [];
  if (height - about.length < Math.min(rows.length, 12)) return windowOf(rows, at, width, height);
  return [...windowOf(rows, at, width, height - about.length), ...about];
}

/** What the selected row is about, below the list. */
function aboutRows(item: HomeItem, { glyphs }: HomePicture, width: number): string[] {
  const texts = item.kind === "run" ? runFacts(item.run) : bookFacts(item.book, item.last);
  const wrapped = texts.flatMap((text) => wrap(printable(text).trim(), width - 2)).slice(0, MAX_ABOUT_ROWS);
  const title = item.kind === "run" ? `${item.run.runbook}  ${item.run.runId}` : item.book.name;
  return [headingOf(title, width, glyphs, "90"), ...wrapped.map((line) => lineOf(line, width, glyphs))];
}

function runFacts(run: RunEntry): readonly string[] {
  const { done, skipped, failed } = run.counts;
  const counts = `${done} done${skipped ? `, ${skipped} skipped` : ""}${failed ? `, ${failed} failed` : ""}`;
  const lab = run.lab ? "  LAB: practice, nothing real is touched" : "";
  return [
    standWords(run.stand),
    `started ${clock(run.startedMs)} by ${run.by}  steps: ${counts}${lab}`,
    nearPath(run.file ?? ""),
  ];
}

function bookFacts(book: BookEntry, last: LastRunOf): readonly string[] {
  const title = firstSentence(book.title, "");
  const ran = last
    ? `last run ${last.run.runId}, ${clock(last.run.startedMs)} by ${last.run.by}: ${standWords(last.run.stand)}`
    : "never run here";
  return [
    title,
    reflowed(book.description),
    ran,
    `${nearPath(book.file)}${book.lab ? "   can be practised" : ""}`,
  ].filter(Boolean);
}

function emptyWords(known: boolean, filter: string): string {
  if (!known) return "looking for runbooks";
  return filter ? "no runbook has that text; esc shows all" : "no runbooks here: runsheet new NAME writes a starter";
}

function itemRow(item: HomeItem, selected: boolean, { glyphs, nowMs, items }: HomePicture, width: number): string {
  const ran = items.some((other) => other.kind === "book" && other.last);
  return rowOf(
    item.kind === "run" ? runCells(item, items, glyphs, nowMs) : bookCells(item, glyphs, nowMs, ran),
    width,
    glyphs,
    selected,
  );
}

type RunItem = Extract<HomeItem, { kind: "run" }>;

function runCells({ run, section }: RunItem, items: readonly HomeItem[], glyphs: Glyphs, nowMs: number): Cell[] {
  const runs = items.flatMap((item) => (item.kind === "run" ? [item.run] : []));
  const names = (part: "runbook" | "by" | "runId", most: number): number =>
    columnsFor(
      runs.map((one) => one[part]),
      most,
    );
  const look = standLook(run.stand);
  const sgr = SGR[look];
  const since = section === "running" ? took(nowMs - run.startedMs) : ago(run.changedMs, nowMs);
  return [
    { text: glyphs[look], width: 1, sgr },
    { text: run.runbook, width: names("runbook", 24), drop: 1 },
    { text: standWords(run.stand), sgr },
    ...(run.stand.kind === "running" ? [barCell(run.stand, glyphs)] : []),
    ...(run.lab ? [{ text: "LAB", width: 3, sgr: "1;36" }] : []),
    { text: since, width: section === "running" ? 12 : 10, right: true, drop: 2 },
    { text: run.by, width: names("by", 12), drop: 4 },
    { text: run.runId, width: names("runId", 24), drop: 3, sgr: "90" },
  ];
}

const BAR_COLUMNS = 14;
const MAX_ABOUT_ROWS = 8;

function barCell({ done, total }: Extract<Stand, { kind: "running" }>, glyphs: Glyphs): Cell {
  const full = total > 0 ? Math.round((BAR_COLUMNS * Math.min(done, total)) / total) : 0;
  const text = glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(BAR_COLUMNS - full);
  return { text, width: BAR_COLUMNS, sgr: SGR.running, drop: 3 };
}

function bookCells(
  { book, last }: Extract<HomeItem, { kind: "book" }>,
  glyphs: Glyphs,
  nowMs: number,
  ran: boolean,
): Cell[] {
  const look = last ? standLook(last.run.stand) : "waiting";
  const ended = last?.run.stand.kind === "ended" ? standWords(last.run.stand) : "failed";
  const result = last ? `${glyphs[look]} ${ended}` : `${glyphs.waiting} never run`;
  const results: readonly Cell[] = [
    { text: last ? ago(last.run.changedMs, nowMs) : "", width: 10, right: true, drop: 1 },
    { text: last ? took(last.run.changedMs - last.run.startedMs) : "", width: 11, right: true, drop: 2 },
    { text: last ? plural(last.runs, "run") : "", width: 7, right: true, drop: 4 },
  ];
  return [
    { text: book.name, width: 24 },
    { text: firstSentence(book.title, book.description), drop: 3 },
    { text: result, width: 13, sgr: SGR[look] },
    ...(ran ? results : []),
  ];
}

/** Holes are left out of titles here: their values are not known yet. */
function firstSentence(title: string, description: string): string {
  const text = title && !title.includes("${{") ? title : description || title.replace(/\$\{\{\s*(.*?)\s*\}\}/g, "<$1>");
  return text.split(/(?<=\.)\s/)[0] ?? "";
}
