// Writes the reference pages from what they describe: docs/command-line.md from the verbs' own declarations, docs/actions.md
// from the action definitions, the tables of docs/language.md from the JSON Schema, and schema/report.schema.json. With
// --check nothing is written: exit code 1 when a page says something else than the program.

import fs from "node:fs";
import path from "node:path";
import { reportJsonSchema } from "../src/report/schema.ts";
import { actionsPage } from "./docs/actions-page.ts";
import { commandLinePage } from "./docs/command-line-page.ts";
import { languagePage } from "./docs/language-page.ts";

const root = path.resolve(import.meta.dirname, "..");

/** The reference pages and the schema by path, as they should be now. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["docs/actions.md", actionsPage()],
    ["docs/command-line.md", await commandLinePage()],
    ["docs/language.md", languagePage(fs.readFileSync(path.join(root, "docs/language.md"), "utf8"))],
    ["schema/report.schema.json", `${JSON.stringify(reportJsonSchema(), null, 2)}\n`],
  ]);
}

/** Names of the pages whose checked-in text is another one. */
export async function stalePages(): Promise<string[]> {
  const pages = await referencePages();
  return [...pages].filter(([name, text]) => readPage(name) !== text).map(([name]) => name);
}

function readPage(name: string): string | undefined {
  const file = path.join(root, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

if (import.meta.main) {
  const stale = await stalePages();
  const pages = await referencePages();
  for (const name of stale) {
    if (process.argv.includes("--check")) console.error(`${name} is stale: run \`npm run docs\``);
    else {
      fs.writeFileSync(path.join(root, name), pages.get(name) as string);
      console.log(`wrote ${name}`);
    }
  }
  if (process.argv.includes("--check") && stale.length > 0) process.exitCode = 1;
}
