#!/usr/bin/env node
/** The stand-in for RocksDB's `ldb` on the stand-in stores: `ldb --db=DIR [--column_family=F] scan --no_value | dump --count_only | get KEY`. */
import { openKeyValueStore } from "./key-value.ts";

const words = process.argv.slice(2);
const option = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const [verb = "", key = ""] = words.filter((word) => !word.startsWith("--"));
const family = option("column_family") ?? "default";

try {
  const store = openKeyValueStore(option("db") ?? "", { readOnly: true });
  if (verb === "dump" && words.includes("--count_only")) {
    process.stdout.write(`Keys in range: ${store.count("", family)}\n`);
  } else if (verb === "scan") {
    const from = option("from") ?? "";
    const lines: string[] = [];
    for (const found of store.keys("", family)) {
      if (found < from) continue;
      lines.push(words.includes("--no_value") ? found : `${found} : ${store.get(found, family)}`);
    }
    if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
  } else if (verb === "get") {
    const value = store.get(key, family);
    if (value === undefined) throw new Error("NotFound: ");
    process.stdout.write(`${value}\n`);
  } else throw new Error(`this stand-in does not know "${verb}"`);
  store.close();
} catch (error) {
  process.stderr.write(`Failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
