/** What a configuration must say. A name given with several values stands on several lines (`plugin`, peers). */
export type Wanted = ReadonlyMap<string, readonly string[]>;

/** The text of a nodeos configuration and what was changed in it, as lines for the operator. */
export type Configured = { readonly text: string; readonly changes: readonly string[] };

/**
 * Puts settings into a nodeos `config.ini`: comments and everything else stay as they are. A line with another value is
 * replaced where it stands; of a name that may stand several times (`many`) the missing values are added. What is not
 * there yet is added at the end under `heading`.
 */
export function configure(base: string, wanted: Wanted, many: ReadonlySet<string>, heading: string): Configured {
  const left = new Map([...wanted].map(([name, values]) => [name, [...values]]));
  const changes: string[] = [];
  const lines: string[] = [];
  for (const line of base === "" ? [] : base.replace(/\n$/, "").split("\n")) {
    const match = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line);
    const missing = match === null ? undefined : left.get(match[1]!);
    if (match === null || missing === undefined) lines.push(line);
    else if (missing.includes(match[2]!)) {
      lines.push(line);
      missing.splice(missing.indexOf(match[2]!), 1);
    } else if (many.has(match[1]!)) lines.push(line);
    else if (missing.length > 0) {
      const value = missing.shift()!;
      lines.push(`${match[1]} = ${value}`);
      changes.push(`${match[1]} = ${value} (was ${match[2]})`);
    } else changes.push(`removed a second ${match[1]} = ${match[2]}`);
  }
  const added = [...left].flatMap(([name, values]) => values.map((value) => `${name} = ${value}`));
  if (added.length > 0) {
    if (lines.length > 0) lines.push("");
    lines.push(`# ${heading}`, ...added);
    changes.push(...added);
  }
  return { text: `${lines.join("\n")}\n`, changes };
}
