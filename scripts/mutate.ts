import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/**
 * Mutation testing by hand: changes one small thing of a file at a time and runs tests that should notice. Prints the
 * changes that no test noticed. Run it in a copy of the repository, never beside somebody who edits:
 *
 *   node scripts/mutate.ts "timeout -s KILL 60 vitest run test/engine" src/domain/reduce.ts src/domain/next-moves.ts:120-
 *
 * The command may be a chain (`quick && slow`): the later ones run for what the earlier ones let pass. `timeout` ends the
 * workers of a change that makes the tests loop, too. `FILE:FROM-TO` changes these lines only.
 */
const [command = "", ...selections] = process.argv.slice(2);

const rules: readonly (readonly [RegExp, string])[] = [
  [/===/g, "!=="],
  [/!==/g, "==="],
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/\+\+/g, "--"],
  [/--;/g, "++;"],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
  [/ \+ 1\b/g, " + 2"],
  [/\bcontinue;/g, ""],
  [/^( +)([a-z][A-Za-z.]*\([^;]*\);)$/gm, "$1"],
  [/^( +)([a-z][A-Za-z.]+ = [^;]*;)$/gm, "$1"],
];

let noticed = 0;
let survived = 0;
for (const selection of selections) {
  const [, file = "", from = "", to = ""] = /^([^:]*)(?::(\d*)-(\d*))?$/.exec(selection) ?? [];
  const original = readFileSync(file, "utf8");
  for (const [pattern, replacement] of rules) {
    for (const match of original.matchAll(pattern)) {
      const line = original.slice(0, match.index).split("\n").length;
      if (line < Number(from) || line > Number(to || 1e9) || isComment(original, match.index)) continue;
      const changed = match[0].replace(new RegExp(pattern.source, pattern.flags.replace("g", "")), replacement);
      writeFileSync(file, original.slice(0, match.index) + changed + original.slice(match.index + match[0].length));
      const run = spawnSync(command, { shell: true, stdio: "ignore" });
      if (run.status !== 0) noticed++;
      else {
        survived++;
        console.log(`${file}:${line}: ${match[0].trim()} -> ${changed.trim() || "(removed)"}`);
      }
    }
  }
  writeFileSync(file, original);
}
console.log(`${noticed} noticed, ${survived} survived`);

function isComment(text: string, index: number): boolean {
  const begin = text.lastIndexOf("\n", index) + 1;
  return /^\s*(\/\/|\*|\/\*)/.test(text.slice(begin, index + 1)) || /^(import|export \{)/.test(text.slice(begin));
}
