// Writes the reference pages from what they describe: docs/command-line.md from the verbs' own declarations, docs/actions.md
// from the action definitions, and the tables of docs/language.md from the JSON Schema. With --check nothing is written: exit
// code 1 when a page says something else than the program.

import fs from "node:fs";
import path from "node:path";
import { actionsPage } from "./docs/actions-page.ts";
import { commandLinePage } from "./docs/command-line-page.ts";
import { languagePage } from "./docs/language-page.ts";

const docs = path.resolve(import.meta.dirname, "../docs");

/** The reference pages by name, as they should be now. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["actions.md", actionsPage()],
    ["command-line.md", await commandLinePage()],
    ["language.md", languagePage(fs.readFileSync(path.join(docs, "language.md"), "utf8"))],
  ]);
}

/** Names of the pages whose checked-in text is another one. */
export async function stalePages(): Promise<string[]> {
  const pages = await referencePages();
  return [...pages].filter(([name, text]) => readPage(name) !== text).map(([name]) => name);
}

function readPage(name: string): string | undefined {
  const file = path.join(docs, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

if (import.meta.main) {
  const stale = await stalePages();
  const pages = await referencePages();
  for (const name of stale) {
    if (process.argv.includes("--check")) console.error(`docs/${name} is stale: run \`npm run docs\``);
    else {
      fs.writeFileSync(path.join(docs, name), pages.get(name) as string);
      console.log(`wrote docs/${name}`);
    }
  }
  if (process.argv.includes("--check") && stale.length > 0) process.exitCode = 1;
}
