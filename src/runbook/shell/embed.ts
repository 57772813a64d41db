import type { Heredoc, HoleContext } from "./cursor.ts";

/** An undefined variable that expands to nothing: it keeps apart what the shell would otherwise read together. */
const NOTHING = "${RUNSHEET_NOTHING-}";

const RESERVED = new Set(
  "if then else elif fi do done case esac while until for in select function time ! { } [[ ]] coproc".split(" "),
);

/**
 * The text that makes the shell see exactly `value` at a hole, whatever the value holds (but NUL).
 *
 * @param before what was rendered so far; here-documents look at the line that the hole continues.
 */
export function embedValue(value: string, context: HoleContext, before: string): string {
  switch (context.kind) {
    case "word":
      return embedWord(value, context);
    case "single":
      return value.replaceAll("'", `'\\''`);
    case "double":
      if (context.afterVariable) return `"${singleQuoted(value)}"`;
      return value.replace(/[\\"$`]/g, "\\$&");
    case "heredoc":
      return context.heredoc?.literal === false ? embedHeredoc(value, context.heredoc, before) : value;
    case "comment":
      return "";
  }
}

/** The variable that carries a secret, where the shell expands it. */
export function embedVariable(name: string, context: HoleContext): string {
  switch (context.kind) {
    case "word":
      return `"$${name}"`;
    case "single":
      return `'"$${name}"'`;
    case "double":
    case "heredoc":
      return `\${${name}}`;
    case "comment":
      return "";
  }
}

function embedWord(value: string, context: HoleContext): string {
  const plain = context.alone && !context.command && /^[A-Za-z0-9_./:@%+,-]+$/.test(value) && !RESERVED.has(value);
  return plain ? value : singleQuoted(value);
}

function singleQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function embedHeredoc(value: string, { delimiter, stripTabs }: Heredoc, before: string): string {
  const lines = value.replace(/[\\$`]/g, "\\$&").split("\n");
  let current = before.slice(before.lastIndexOf("\n") + 1);
  return lines
    .map((line, index) => {
      if (index > 0) current = "";
      const begun = stripTabs ? current.replace(/^\t+/, "") : current;
      // A line that only begins like the delimiter is kept apart too: dash loses the first byte of é in "Eé" before EOF.
      const likeDelimiter = delimiter.startsWith(begun) && (begun !== "" || line === "" || line[0] === delimiter[0]);
      const losesTabs = stripTabs && line.startsWith("\t") && begun === "";
      const joinsName = /\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9])$/.test(current) && /^[A-Za-z0-9_]/.test(line);
      return likeDelimiter || losesTabs || joinsName ? NOTHING + line : line;
    })
    .join("\n");
}

/** Would the shell misread a line of this text: take it for the end of the here-document, or (dash) lose a byte of it? */
export function breaksHeredoc(rendered: string, { delimiter, stripTabs }: Heredoc): boolean {
  return rendered.split("\n").some((raw) => {
    const line = stripTabs ? raw.replace(/^\t+/, "") : raw;
    if (line === delimiter) return true;
    let same = 0;
    while (same < delimiter.length && line[same] === delimiter[same]) same++;
    return same > 0 && line.charCodeAt(same) > 0x7f;
  });
}
