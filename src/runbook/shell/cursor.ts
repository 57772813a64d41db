/**
 * Where the holes of a shell line stand, as a POSIX shell reads the text around them
 * (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, sections 2.2, 2.3, 2.6 and 2.7.4).
 *
 * - `word`: unquoted. `alone` when the hole is a whole word, `command` when it is the first word of a command.
 * - `double`, `single`: inside the author's quotes.
 * - `heredoc`: in the text of a here-document; `literal` when its delimiter is quoted.
 * - `comment`: after `#`, of no effect.
 */
export type HoleContext = {
  readonly kind: "word" | "double" | "single" | "heredoc" | "comment";
  readonly alone: boolean;
  readonly command: boolean;
  /** A `$name` ends right before the hole, so that letters of the value must not be taken for its continuation. */
  readonly afterVariable: boolean;
  /** The here-document in which it stands, at any depth. */
  readonly heredoc?: Heredoc;
};

/** `from` and `to` are offsets of the body in the scanned text, without the delimiter's line. */
export type Heredoc = {
  readonly delimiter: string;
  readonly stripTabs: boolean;
  readonly literal: boolean;
  readonly from: number;
  readonly to: number;
};

/** `at` is an offset in the scanned text. */
export type ShellProblem = {
  readonly at: number;
  readonly code: string;
  readonly message: string;
  readonly mend: string;
};

/** A here-document whose text begins after the next line break. */
export type PendingHeredoc = Omit<Heredoc, "from" | "to"> & { readonly at: number };

/** Stands for a hole in the text to scan; no shell text can hold it. */
export const HOLE = "\0";

/** The place that scanning has reached, and what it has found. The parsers of this folder move it on. */
export class Cursor {
  readonly text: string;
  at = 0;
  /** Scanning stops here; the end of a here-document while its text is scanned. */
  end: number;
  readonly holes: HoleContext[] = [];
  readonly heredocs: Heredoc[] = [];
  readonly problems: ShellProblem[] = [];
  pending: PendingHeredoc[] = [];
  heredoc: Heredoc | undefined;
  /** Commands within commands. */
  depth = 0;

  constructor(text: string) {
    this.text = text;
    this.end = text.length;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  /** The character here, `undefined` behind the end of the text. */
  get char(): string | undefined {
    return this.text[this.at];
  }

  startsWith(part: string, offset = 0): boolean {
    return this.text.startsWith(part, this.at + offset);
  }

  /** Notes the hole that stands here, and moves past it. */
  hole(kind: HoleContext["kind"], startsWord = false, command = false): void {
    const next = this.text[this.at + 1];
    const ends = this.at + 1 >= this.end || " \t\n;&|)".includes(next as string);
    const before = this.text.slice(Math.max(0, this.at - 80), this.at);
    this.holes.push({
      kind,
      alone: kind === "word" && startsWord && ends,
      command,
      afterVariable: /\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9])$/.test(before),
      ...(this.heredoc === undefined ? {} : { heredoc: this.heredoc }),
    });
    this.at++;
  }

  /** The hole that stands here can have no safe value. */
  refuse(where: string, mend: string): void {
    this.problem(this.at, "shell-hole", `a value cannot be put safely inside ${where}`, mend);
    this.hole("word");
  }

  /** Holes met by `scan` are not safe where it stands. */
  guarded(where: string, scan: () => void): void {
    const before = this.holes.length;
    const start = this.at;
    scan();
    if (this.holes.length === before) return;
    const message = `a value cannot be put safely inside ${where}`;
    this.problem(start, "shell-hole", message, "assign it to a variable first");
  }

  unclosed(at: number, open: string, close: string): void {
    const message = `the shell never finds the ${close} that ends this ${open}`;
    this.problem(at, "shell-unclosed", message, `close it with ${close}`);
  }

  problem(at: number, code: string, message: string, mend: string): void {
    this.problems.push({ at, code, message, mend });
  }
}
