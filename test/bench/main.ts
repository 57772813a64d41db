import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `npm run bench [name...]`: the named benchmarks, or all. By hand, on a quiet machine; nothing in `npm test` measures time. */
const here = fileURLToPath(new URL(".", import.meta.url));
const all = readdirSync(here)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts")
  .map((file) => file.slice(0, -3));
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : all) {
  if (!all.includes(name)) {
    console.error(`there is no benchmark ${name}; there are ${all.join(", ")}`);
    process.exitCode = 2;
    continue;
  }
  console.log(`== ${name}`);
  spawnSync(process.execPath, [`${here}${name}.ts`], { stdio: "inherit" });
}
