import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanShell } from "../../../src/runbook/shell/scan.ts";
import { trials } from "../../rig/trials.ts";
import { expressions, nothing, templateOf } from "../expression/rig.ts";

// A text with one hole, and what a shell prints for it when the hole's value is `value`.
type Context = { readonly line: string; readonly prints: (value: string) => string };

const contexts: readonly Context[] = [
  { line: "printf %s ${{ item }}", prints: (v) => v },
  { line: 'printf %s "${{ item }}"', prints: (v) => v },
  { line: "printf %s '${{ item }}'", prints: (v) => v },
  { line: "printf %s pre${{ item }}post", prints: (v) => `pre${v}post` },
  { line: 'printf %s "pre ${{ item }} post"', prints: (v) => `pre ${v} post` },
  { line: "printf %s 'pre ${{ item }} post'\"${{ item }}\"", prints: (v) => `pre ${v} post${v}` },
  { line: 'a=1; printf %s "$a${{ item }}"', prints: (v) => `1${v}` },
  { line: 'a=1; printf %s "${a}${{ item }}$a"', prints: (v) => `1${v}1` },
  { line: "a=1; printf %s $a${{ item }}", prints: (v) => `1${v}` },
  { line: 'printf %s "$(printf %sX ${{ item }})"', prints: (v) => `${v}X` },
  { line: 'printf %s "$(printf %sX "$(printf %sY "${{ item }}")")"', prints: (v) => `${v}YX` },
  { line: "printf %s \"$(case x in a|b) ;; (x) printf %sX '${{ item }}';; esac)\"", prints: (v) => `${v}X` },
  { line: 'f() { printf %s "$1"; }\nf ${{ item }}', prints: (v) => v },
  { line: "if true; then\n  printf %s ${{ item }} # a comment's quote\nfi", prints: (v) => v },
  { line: "# it's a comment: ${{ item }}\nprintf %s ${{ item }}", prints: (v) => v },
  { line: 'x=${{ item }}; printf %s "$x"', prints: (v) => v },
  { line: 'x=${{ item }}${{ item }} && printf %s "$x"', prints: (v) => v + v },
  { line: "printf %s ${{ item }}|cat", prints: (v) => v },
  { line: "(printf %s ${{ item }})", prints: (v) => v },
  { line: "{ printf %s ${{ item }}; } 2>/dev/null", prints: (v) => v },
  { line: "printf %s\\\n  ${{ item }}", prints: (v) => v },
  { line: 'printf %s "$((1 + 2))"${{ item }}', prints: (v) => `3${v}` },
  { line: "cat <<EOF\n${{ item }}\nEOF\n", prints: (v) => `${v}\n` },
  { line: "cat <<EOF\nE${{ item }}F\n  ${{ item }}EOF\nEOF\n", prints: (v) => `E${v}F\n  ${v}EOF\n` },
  { line: "a=1; cat <<EOF; printf %s ${{ item }}\n$a${{ item }}.\nEOF\n", prints: (v) => `1${v}.\n${v}` },
  { line: "cat <<-EOF\n\t\t${{ item }}|${{ item }}\n\tEOF\n", prints: (v) => `${v}|${v}\n` },
  { line: 'cat <<A; cat <<B\n${{ item }}\nA\n"${{ item }}"\nB\n', prints: (v) => `${v}\n"${v}"\n` },
  { line: "cat <<EOF\n$(printf %sX '${{ item }}')\nEOF\n", prints: (v) => `${v}X\n` },
  { line: 'printf %s ${{ quote(item) }} | { read -r x; eval "printf %s $x"; }', prints: (v) => v },
];

const nasty = [
  ...[
    "",
    " ",
    "a b",
    "it's",
    '"q"',
    "$(exit 3)",
    "`exit 3`",
    "${HOME}",
    "$HOME",
    "HOME",
    "-n",
    "--",
    "*",
    "?",
    "~",
    "~root",
  ],
  ...[
    "a\nb",
    "\n",
    "\n\n",
    "a\n",
    "\nEOF\n",
    "EOF",
    "OF",
    "E",
    "B",
    "A\nB",
    "\tx",
    "\t\ty\n\tz",
    "\\",
    "\\\\",
    "a\\",
    "\\n",
    "%s",
  ],
  ...[
    "!",
    "!!",
    "#",
    "# x",
    ";",
    "& x",
    "|",
    "<x",
    ">x",
    "(",
    ")",
    "{",
    "}",
    "[[",
    "if",
    "esac",
    "case",
    "1>2",
    "x=y",
    "=",
    "é☃😀",
    "\u00a0",
  ],
  ...[
    "'",
    "''",
    "'\"'",
    '"\'"',
    "$",
    "$$",
    "\r",
    "\r\n",
    "\x01",
    "\x7f",
    "a'b\"c$d`e\\f",
    "{{7*7}}",
    "__proto__",
    "x_41",
  ],
];

const value = fc.oneof(
  fc.constantFrom(...nasty),
  fc.array(fc.constantFrom(...nasty), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.replaceAll("\0", "").toWellFormed()),
);

function run(line: string, env: Record<string, string> = {}): string {
  const result = spawnSync("/bin/sh", ["-c", line], {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", HOME: "/h", ...env },
  });
  return result.status === 0 ? result.stdout : `exit ${result.status}: ${result.stderr}`;
}

const END = "\x02\x02END\x02\x02";

/** What each line prints, all of them in one shell, which would notice if one of them went beyond its end. */
function runAll(lines: readonly string[]): string[] {
  const script = lines.map((line) => `${line}\nprintf %s '${END}'\n`).join("");
  return run(script).split(END).slice(0, -1);
}

function render(source: string, item: string, secrets: Record<string, string> = {}) {
  const command = { kind: "line", line: templateOf(source) } as const;
  const rendered = expressions.command(command, { ...nothing, item, secrets });
  if (rendered.kind === "failed") throw new Error(`${source}: ${rendered.failure.message}`);
  return rendered.value;
}

describe("a value in a shell line is exactly itself", () => {
  // `read` takes one line; inside $(…) of a here-document a line that looks like its end cannot be kept apart.
  const fits = ({ line }: Context, text: string) =>
    !(line.includes("read -r") && text.includes("\n")) && !(/EOF\n\$\(/.test(line) && /^E/m.test(text));

  test.each(contexts.map((context) => [context.line, context] as const))("every nasty value in %j", (_, context) => {
    const texts = nasty.filter((one) => fits(context, one));
    const printed = runAll(texts.map((text) => render(context.line, text).argv[2] as string));
    expect(printed).toEqual(texts.map((text) => context.prints(text)));
  });

  test("random values in random contexts", () => {
    trials(60);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...contexts), value), { maxLength: 30 }), (pairs) => {
        const cases = pairs.filter(([context, text]) => fits(context, text));
        const printed = runAll(cases.map(([context, text]) => render(context.line, text).argv[2] as string));
        expect(printed).toEqual(cases.map(([context, text]) => context.prints(text)));
      }),
      { numRuns: 60 },
    );
  });

  test("several contexts one after the other do not disturb each other", () => {
    // Here-documents end a line, so they are tried on their own.
    const simple = contexts.filter(({ line }) => !/[\n#]|read/.test(line));
    trials(40);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...simple), { minLength: 2, maxLength: 4 }), value, (parts, text) => {
        const line = parts.map((part) => part.line).join("; ");
        const prints = parts.map((part) => part.prints(text)).join("");
        expect(run(render(line, text).argv[2] as string)).toBe(prints);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a secret reaches the command without its text", () => {
  const secret = "s'e\"c$r`e\\t é";

  test.each([
    ["printf %s ${{ secrets.token }}", secret],
    ['printf %s "a ${{ secrets.token }} b"', `a ${secret} b`],
    ["printf %s 'a ${{ secrets.token }} b'", `a ${secret} b`],
    ["printf %s a${{ secrets['token'] }}b", `a${secret}b`],
    ["cat <<EOF\na${{ secrets.token }}b\nEOF\n", `a${secret}b\n`],
    ['printf %s "$(printf %s "${{ secrets.token }}")"', secret],
  ])("%j", (line, prints) => {
    const { argv, shown, secretEnv } = render(line, "", { token: secret });
    expect(run(argv[2] as string, secretEnv)).toBe(prints);
    expect(secretEnv).toEqual({ RUNSHEET_SECRET_TOKEN: secret });
    expect(argv.join(" ") + shown).not.toContain("s'e");
  });

  test("an expression around a secret is refused even when validation was skipped", () => {
    const command = { kind: "line", line: templateOf("echo ${{ 'Bearer ' + secrets.token }}") } as const;
    expect(expressions.command(command, { ...nothing, secrets: { token: "x" } })).toMatchObject({ kind: "failed" });
    const words = { kind: "argv", words: [templateOf("echo"), templateOf("${{ secrets.token }}")] } as const;
    expect(expressions.command(words, { ...nothing, secrets: { token: "x" } })).toMatchObject({ kind: "failed" });
  });

  test("a comment carries nothing", () => {
    const { argv, secretEnv } = render("true # ${{ secrets.token }} ${{ item }}", "x\nexit 7", { token: secret });
    expect(argv[2]).toBe("true #  ");
    expect(secretEnv).toEqual({});
  });
});

describe("lists and odd values", () => {
  const command = (line: string, params: Record<string, never[] | string[] | null>) =>
    expressions.command({ kind: "line", line: templateOf(line) }, { ...nothing, params });

  test("a list becomes several words, an empty one none", () => {
    expect(command("ls ${{ params.l }} x", { l: ["a b", "c"] })).toMatchObject({ value: { shown: "ls 'a b' c x" } });
    expect(command("ls ${{ params.l }} x", { l: [] })).toMatchObject({ value: { shown: "ls  x" } });
  });

  test("a list inside a word is a failure, unless it has one entry", () => {
    expect(command("ls --x=${{ params.l }}", { l: ["a", "b"] })).toMatchObject({ kind: "failed" });
    expect(command('ls "${{ params.l }}"', { l: ["a", "b"] })).toMatchObject({ kind: "failed" });
    expect(command("ls --x=${{ params.l }}", { l: ["a b"] })).toMatchObject({ value: { shown: "ls --x='a b'" } });
  });

  test("null and NUL are failures", () => {
    expect(command("ls ${{ params.l }}", { l: null })).toMatchObject({ kind: "failed" });
    expect(command("ls ${{ params.l }}", { l: ["a\0b"] })).toMatchObject({ kind: "failed" });
  });

  test("raw is put in as it is", () => {
    expect(command("ls ${{ raw('-l | wc') }}", {})).toMatchObject({ value: { shown: "ls -l | wc" } });
  });

  test("a here-document with a quoted delimiter takes values literally, and fails where it cannot", () => {
    const line = "cat <<'EOF'\n${{ item }}\nEOF\n";
    expect(run(render(line, "a'b\"$HOME`x`\\").argv[2] as string)).toBe("a'b\"$HOME`x`\\\n");
    expect(() => render(line, "a\nEOF\nb")).toThrow("would end the here-document");
  });

  test("an argument list needs no quoting: every template is one argument, a list several", () => {
    const words = ["printf", "%s|", "${{ item }}", "a${{ item }}b", "${{ params.l }}"].map((word) => templateOf(word));
    const rendered = expressions.command(
      { kind: "argv", words },
      { ...nothing, item: "it's $HOME", params: { l: ["x y", "z"] } },
    );
    expect(rendered).toMatchObject({
      value: { argv: ["printf", "%s|", "it's $HOME", "ait's $HOMEb", "x y", "z"], secretEnv: {} },
    });
    expect(
      expressions.command({ kind: "argv", words: [templateOf("${{ params.l }}")] }, { ...nothing, params: { l: [] } }),
    ).toMatchObject({
      kind: "failed",
    });
  });
});

describe("following the quoting of a shell text", () => {
  test("never fails, whatever the text", () => {
    const piece = fc.constantFrom(
      ..."\0 \n \t ; & | < > << <<- <<< ( ) (( )) $( $(( ${ } ` ' \" \\ # $ a EOF case in esac if then fi ;; { =".split(
        " ",
      ),
      ..." \n\0",
    );
    trials(3000);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const { holes } = scanShell(text);
        expect(holes.length).toBe(text.split("\0").length - 1);
      }),
      { numRuns: 3000 },
    );
  });

  test("a text without a problem is one that sh can parse, when its quotes and brackets matter", () => {
    const piece = fc.constantFrom(
      "a",
      " ",
      "'",
      '"',
      "$(",
      ")",
      "$((1",
      "))",
      "\\",
      "\n",
      "# ",
      ";",
      "x=",
      "${a}",
      "\0",
    );
    trials(150);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = `true \0 ${pieces.join("")}`;
        const scan = scanShell(text);
        fc.pre(scan.problems.length === 0);
        const tried = spawnSync("/bin/sh", ["-n"], { input: text.replaceAll("\0", "'v'"), encoding: "utf8" });
        expect(tried.stderr).not.toMatch(/unterminated|EOF in/i);
      }),
      { numRuns: 150 },
    );
  });
});
