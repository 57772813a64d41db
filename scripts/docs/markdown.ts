/** A Markdown table; cells are Markdown already. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(heads), `| ${heads.map(() => "---").join(" | ")} |`, ...rows.map(line)].join("\n");
}

export function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** The name under which a heading can be linked to on the pages of code hosts. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}

/** First letter in upper case and a full stop, for descriptions that are written as parts of a line. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  // Names, addresses and examples keep their own first letter.
  const begun = /^[a-z]+(-[a-z]+)*[ ,:;]|^[a-z]+$/.test(trimmed)
    ? `${trimmed[0]?.toUpperCase()}${trimmed.slice(1)}`
    : trimmed;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function cell(text: string): string {
  const safe = text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;")))
    .join("");
  return safe.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}
