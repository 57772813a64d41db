/**
 * Where the holes of a shell line stand, as a POSIX shell reads the text around them
 * (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, sections 2.2, 2.3, 2.6 and 2.7.4).
 *
 * - `word`: unquoted. `alone` when the hole is a whole word, `command` when it is the first word of a command.
 * - `double`, `single`: inside the author's quotes.
 * - `heredoc`: in the text of a here-document; `literal` when its delimiter is quoted. `nested` inside `$(…)` of one.
 * - `comment`: after `#`, of no effect.
 */
export type HoleContext = {
  readonly kind: "word" | "double" | "single" | "heredoc" | "comment";
  readonly alone: boolean;
  readonly command: boolean;
  /** A `$name` ends right before the hole, so that letters of the value must not be taken for its continuation. */
  readonly afterVariable: boolean;
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

export type ShellScan = {
  readonly holes: readonly HoleContext[];
  readonly heredocs: readonly Heredoc[];
  readonly problems: readonly ShellProblem[];
};

/** Stands for a hole in the text to scan; no shell text can hold it. */
export const HOLE = "\0";

/** Follows the quoting of a shell text whose holes are marked with `HOLE`. Never fails; what is unsafe is a problem. */
export function scanShell(text: string): ShellScan {
  const scanner = new Scanner(text);
  scanner.commands(undefined);
  // Behind what is never closed the scanner does not look; there is a problem then, and the contexts are not used.
  const unseen = text.split(HOLE).length - 1 - scanner.holes.length;
  for (let i = 0; i < unseen; i++)
    scanner.holes.push({ kind: "word", alone: false, command: false, afterVariable: false });
  return { holes: scanner.holes, heredocs: scanner.heredocs, problems: scanner.problems };
}

// Reserved words after which a command begins.
const OPENING = new Set(["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "in"]);

class Scanner {
  readonly holes: HoleContext[] = [];
  readonly heredocs: Heredoc[] = [];
  readonly problems: ShellProblem[] = [];
  readonly #text: string;
  #at = 0;
  #end: number;
  #pending: { delimiter: string; stripTabs: boolean; literal: boolean; at: number }[] = [];
  #heredoc: Heredoc | undefined;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#end = text.length;
  }

  /** Commands up to `)` (for `close` true) or to the end. */
  commands(opened: number | undefined): void {
    if (++this.#depth > 50) {
      this.#problem(
        this.#at,
        "shell-depth",
        "the line is nested too deeply to be followed",
        "move it to a script file",
      );
      this.#at = this.#end;
    }
    let command = true;
    let cases = 0;
    let wordStart = true;
    let closed = opened === undefined;
    while (this.#at < this.#end) {
      const start = this.#at;
      const char = this.#text[start] as string;
      if (char === " " || char === "\t") {
        this.#at++;
        wordStart = true;
      } else if (char === "\n") {
        this.#at++;
        this.#heredocBodies();
        command = wordStart = true;
      } else if (char === "#" && wordStart) {
        this.#comment();
      } else if (char === ";" || char === "&" || char === "|") {
        this.#at++;
        command = wordStart = true;
      } else if (char === "(") {
        if (command && this.#text.startsWith("((", start) && this.#text.indexOf("))", start) > 0) this.#arithmetic(2);
        else {
          this.#at++;
          this.commands(start);
        }
        command = wordStart = true;
      } else if (char === ")") {
        this.#at++;
        if (cases === 0 && opened !== undefined) {
          closed = true;
          break;
        }
        command = wordStart = true;
      } else if (char === "<" || char === ">") {
        this.#redirection();
        wordStart = true;
      } else {
        const word = this.#word(wordStart, command);
        if (command && word === "case") cases++;
        if (command && word === "esac") cases = Math.max(0, cases - 1);
        command = word !== undefined && (OPENING.has(word) || (cases > 0 && word === "in"));
        if (cases > 0 && word === "in") command = true;
        wordStart = false;
      }
    }
    if (!closed) this.#unclosed(opened as number, "(", ")");
    if (opened === undefined) this.#unfinishedHeredocs();
    this.#depth--;
  }

  /** One word; its text when it is entirely literal and unquoted. */
  #word(wordStart: boolean, command: boolean): string | undefined {
    const start = this.#at;
    let literal = true;
    while (this.#at < this.#end) {
      const char = this.#text[this.#at] as string;
      if (" \t\n;&|()<>".includes(char)) break;
      if (char === HOLE) {
        literal = false;
        this.#hole("word", wordStart && this.#at === start, command);
      } else if (char === "\\") {
        literal = false;
        this.#escape();
      } else if (char === "'") {
        literal = false;
        this.#single();
      } else if (char === '"') {
        literal = false;
        this.#double();
      } else if (char === "$") {
        literal = false;
        this.#dollar(false);
      } else if (char === "`") {
        literal = false;
        this.#backticks();
      } else this.#at++;
    }
    return literal ? this.#text.slice(start, this.#at) : undefined;
  }

  #hole(kind: HoleContext["kind"], startsWord: boolean, command: boolean): void {
    const next = this.#text[this.#at + 1];
    const alone = startsWord && (this.#at + 1 >= this.#end || " \t\n;&|)".includes(next as string));
    const before = this.#text.slice(Math.max(0, this.#at - 80), this.#at);
    const afterVariable = /\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9])$/.test(before);
    const heredoc = this.#heredoc === undefined ? {} : { heredoc: this.#heredoc };
    this.holes.push({ kind, alone: kind === "word" && alone, command, afterVariable, ...heredoc });
    this.#at++;
  }

  #escape(): void {
    if (this.#text[this.#at + 1] === HOLE) {
      this.#problem(
        this.#at,
        "shell-escape",
        "a backslash right before ${{ would escape the quoting of the value",
        "remove the backslash, or double it",
      );
    }
    this.#at = Math.min(this.#end, this.#at + (this.#text[this.#at + 1] === HOLE ? 1 : 2));
  }

  #single(): void {
    const start = this.#at++;
    while (this.#at < this.#end && this.#text[this.#at] !== "'") {
      if (this.#text[this.#at] === HOLE) this.#hole("single", false, false);
      else this.#at++;
    }
    if (this.#at++ >= this.#end) this.#unclosed(start, "'", "'");
  }

  #double(): void {
    const start = this.#at++;
    while (this.#at < this.#end && this.#text[this.#at] !== '"') {
      const char = this.#text[this.#at];
      if (char === HOLE) this.#hole("double", false, false);
      else if (char === "\\") this.#escape();
      else if (char === "$") this.#dollar(true);
      else if (char === "`") this.#backticks();
      else this.#at++;
    }
    if (this.#at++ >= this.#end) this.#unclosed(start, '"', '"');
  }

  /** At `$`: a substitution, a variable, or a dollar that stands for itself. */
  #dollar(quoted: boolean): void {
    const start = this.#at;
    const next = this.#text[start + 1];
    if (this.#text.startsWith("((", start + 1)) this.#arithmetic(3);
    else if (next === "(") {
      this.#at += 2;
      this.commands(start);
    } else if (next === "{") this.#parameter(quoted);
    else if (next === HOLE) {
      this.#problem(
        start,
        "shell-dollar",
        "a $ right before ${{ would make the value the name of a shell variable",
        "write one $ less, or '$' in quotes of its own",
      );
      this.#at++;
    } else if (next === "'" && !quoted) this.#dollarQuote();
    else this.#at += next !== undefined && "$!?#@*-0123456789".includes(next) ? 2 : 1;
  }

  /** `$'…'` means one thing to bash and another to dash, so its end is only sure when no quote is escaped in it. */
  #dollarQuote(): void {
    const start = this.#at;
    const end = this.#text.indexOf("'", start + 2);
    const inside = this.#text.slice(start + 2, end < 0 ? this.#end : end);
    if (inside.endsWith("\\") || inside.includes(HOLE)) {
      this.#problem(start, "shell-dollar-quote", "$'…' is not part of POSIX shells", "write '…' or \"…\"");
    }
    this.#at++;
  }

  /** `${…}`: what stands in it is read by rules of its own, so no value may go there. */
  #parameter(quoted: boolean): void {
    const start = this.#at;
    this.#at += 2;
    while (this.#at < this.#end && this.#text[this.#at] !== "}") {
      const char = this.#text[this.#at];
      if (char === HOLE) this.#refuse(this.#at, "${NAME…}", "assign it first: x=${{ … }} and then use ${NAME:-$x}");
      else if (char === "\\") this.#at += 2;
      else if (char === "'" && !quoted) this.#guarded(() => this.#single(), "${NAME…}");
      else if (char === '"') this.#guarded(() => this.#double(), "${NAME…}");
      else if (char === "$") this.#guarded(() => this.#dollar(quoted), "${NAME…}");
      else if (char === "`") this.#backticks();
      else this.#at++;
    }
    if (this.#at++ >= this.#end) this.#unclosed(start, "${", "}");
  }

  /** Holes met by `scan` are not safe where it stands. */
  #guarded(scan: () => void, where: string): void {
    const before = this.holes.length;
    const start = this.#at;
    scan();
    if (this.holes.length === before) return;
    this.#problem(start, "shell-hole", `a value cannot be put safely inside ${where}`, "assign it to a variable first");
  }

  #arithmetic(length: number): void {
    const start = this.#at;
    this.#at += length;
    let depth = 2;
    while (this.#at < this.#end && depth > 0) {
      const char = this.#text[this.#at];
      if (char === HOLE) {
        this.#refuse(this.#at, "$((…))", "work it out in the expression, e.g. ${{ params.count + 1 }}");
        continue;
      }
      if (char === "$") {
        this.#guarded(() => this.#dollar(true), "$((…))");
        continue;
      }
      if (char === "`") {
        this.#backticks();
        continue;
      }
      if ((char === "'" || char === '"') && this.#text.includes(HOLE)) {
        this.#problem(this.#at, "shell-arithmetic", "shells disagree about quotes inside $((…))", "remove the quotes");
      }
      if (char === "(") depth++;
      if (char === ")") depth--;
      this.#at += char === "\\" ? 2 : 1;
    }
    if (depth > 0) this.#unclosed(start, "((", "))");
  }

  #backticks(): void {
    const start = this.#at++;
    while (this.#at < this.#end && this.#text[this.#at] !== "`") {
      if (this.#text[this.#at] === HOLE) this.#refuse(this.#at, "`…`", "write $(…) instead of `…`");
      else this.#at += this.#text[this.#at] === "\\" && this.#text[this.#at + 1] !== HOLE ? 2 : 1;
    }
    if (this.#at++ >= this.#end) this.#unclosed(start, "`", "`");
  }

  #comment(): void {
    while (this.#at < this.#end && this.#text[this.#at] !== "\n") {
      if (this.#text[this.#at] === HOLE) this.#hole("comment", false, false);
      else this.#at++;
    }
  }

  #redirection(): void {
    if (!this.#text.startsWith("<<", this.#at) || this.#text.startsWith("<<<", this.#at)) {
      this.#at += this.#text.startsWith("<<<", this.#at) ? 3 : 1;
      return;
    }
    const at = this.#at;
    this.#at += 2;
    const stripTabs = this.#text[this.#at] === "-";
    if (stripTabs) this.#at++;
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
    const from = this.#at;
    const holesBefore = this.holes.length;
    this.#word(false, false);
    const word = this.#text.slice(from, this.#at);
    if (this.holes.length > holesBefore || word === "") {
      this.#problem(at, "shell-heredoc", "the delimiter of a here-document must be a fixed word", "write: <<EOF");
      return;
    }
    const literal = /["'\\]/.test(word);
    this.#pending.push({ delimiter: word.replace(/["'\\]/g, ""), stripTabs, literal, at });
  }

  #heredocBodies(): void {
    for (const { delimiter, stripTabs, literal, at } of this.#pending.splice(0)) {
      const from = this.#at;
      let lineStart = from;
      for (;;) {
        if (lineStart >= this.#end) {
          this.#problem(
            at,
            "shell-heredoc",
            `the here-document is not ended by a line "${delimiter}"`,
            `add a line: ${delimiter}`,
          );
          this.#at = this.#end;
          break;
        }
        const newline = this.#text.indexOf("\n", lineStart);
        const lineEnd = newline < 0 || newline > this.#end ? this.#end : newline;
        const line = this.#text.slice(lineStart, lineEnd);
        if ((stripTabs ? line.replace(/^\t+/, "") : line) === delimiter) {
          this.#body({ delimiter, stripTabs, literal, from, to: lineStart });
          this.#at = Math.min(this.#end, lineEnd + 1);
          break;
        }
        lineStart = lineEnd + 1;
      }
    }
  }

  #body(heredoc: Heredoc): void {
    const end = this.#end;
    const outer = this.#heredoc;
    this.heredocs.push(heredoc);
    this.#heredoc = heredoc;
    this.#end = heredoc.to;
    while (this.#at < this.#end) {
      const char = this.#text[this.#at];
      if (char === HOLE) this.#hole("heredoc", false, false);
      else if (heredoc.literal) this.#at++;
      else if (char === "\\") this.#escape();
      else if (char === "$") this.#dollar(true);
      else if (char === "`") this.#backticks();
      else this.#at++;
    }
    this.#end = end;
    this.#heredoc = outer;
  }

  #unfinishedHeredocs(): void {
    const open = this.#pending[0];
    if (!open) return;
    this.#problem(
      open.at,
      "shell-heredoc",
      "the here-document has no text",
      `use a block (run: |) that ends with a line ${open.delimiter}`,
    );
  }

  #refuse(at: number, where: string, mend: string): void {
    this.#problem(at, "shell-hole", `a value cannot be put safely inside ${where}`, mend);
    this.#hole("word", false, false);
  }

  #unclosed(at: number, open: string, close: string): void {
    this.#problem(
      at,
      "shell-unclosed",
      `the shell never finds the ${close} that ends this ${open}`,
      `close it with ${close}`,
    );
  }

  #problem(at: number, code: string, message: string, mend: string): void {
    this.problems.push({ at, code, message, mend });
  }
}
