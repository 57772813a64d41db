import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { OWN_SCRIPTS } from "../src/lib/own-files.ts";
import { bundling, root } from "./bundling.ts";

/**
 * Builds `dist/`, which is what is published and what `npx runsheet` runs: code by rolldown in few files, since finding and
 * reading modules is most of a cold start (test/bench/start.ts), and the types of plugin authors by tsc.
 */
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const bundle = await rolldown({
  ...bundling,
  input: {
    ...Object.fromEntries(["plugin", ...OWN_SCRIPTS].map((name) => [name, `src/${name}.ts`])),
    "lib/vendor-cliui": "cliui",
  },
});
await bundle.write({ dir: dist, format: "esm", sourcemap: true, chunkFileNames: "lib/[name]-[hash].js" });
const tsc = join(root, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
chmodSync(join(dist, "main.js"), 0o755);
