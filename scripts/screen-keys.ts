import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FORM_KEYS } from "../src/tui/form/form-keys.ts";
import { COMPARE_KEYS, HISTORY_KEYS, TIMELINE_KEYS } from "../src/tui/history/history-keys.ts";
import { OUTPUT_KEYS } from "../src/tui/history/output-page.ts";
import { HOME_KEYS } from "../src/tui/home/home-keys.ts";
import { FAN_KEYS, KEYS } from "../src/tui/key-table.ts";
import { CHANGE_KEYS } from "../src/tui/plan/change-page.ts";
import { PLAN_KEYS } from "../src/tui/plan/plan-keys.ts";
import { EVERYWHERE, keyName } from "../src/tui/shell/binding.ts";

/** `node scripts/screen-keys.ts` writes the key tables of docs/screen.md anew from the tables that dispatch the keys. */
export const screenPage = fileURLToPath(new URL("../docs/screen.md", import.meta.url));

type Row = { readonly keys: readonly string[]; readonly help: string };

const TABLES: { readonly [view: string]: readonly Row[] } = {
  home: HOME_KEYS,
  form: FORM_KEYS,
  plan: PLAN_KEYS,
  run: KEYS,
  items: FAN_KEYS,
  history: HISTORY_KEYS,
  timeline: TIMELINE_KEYS,
  compare: COMPARE_KEYS,
  output: OUTPUT_KEYS,
  change: CHANGE_KEYS,
  everywhere: EVERYWHERE,
};

/** The page with every table between its two marks as the code has it. */
export function withKeyTables(page: string): string {
  return page.replace(/(<!-- keys of (\w+) -->\n)[\s\S]*?(<!-- end of keys -->)/g, (_all, begin, view: string, end) => {
    const rows = TABLES[view];
    if (!rows) throw new Error(`docs/screen.md: there is no view ${view}`);
    return `${begin}\n${tableOf(rows)}\n\n${end}`;
  });
}

/** Views that a page must have a table of. */
export const views: readonly string[] = Object.keys(TABLES);

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ keys, help }) => `| ${keys.map((key) => code(keyName(key))).join(" ")} | ${help} |`);
  return ["| key | what it does |", "| --- | --- |", ...lines].join("\n");
}

function code(key: string): string {
  return key === "|" ? "`\\|`" : `\`${key}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(screenPage, withKeyTables(readFileSync(screenPage, "utf8")));
}
