import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { OWN_SCRIPTS } from "../src/lib/own-files.ts";

/**
 * Builds `dist/`, which is what is published and what `npx runsheet` runs: code by rolldown in few files, since finding and
 * reading modules is most of a cold start (test/bench/start.ts), and the types of plugin authors by tsc.
 */
const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/** Native, optional, or so large that only the code that needs them loads them. */
const INSTALLED = [
  /^better-sqlite3/,
  /^chdb/,
  /^@aws-sdk\//,
  /^@smithy\//,
  /^@clickhouse\//,
  /^react-devtools-core$/,
  /^ws$/,
  /^zx/,
];

/** yargs lays out text for help pages alone, with regular expressions that take longer to compile than all else. */
const layoutWhenAsked: Plugin = {
  name: "layout-when-asked",
  resolveId: (id, importer) =>
    ["cliui", "string-width"].includes(id) && importer?.includes("/yargs/") ? `\0asked:${id}` : undefined,
  load: (id) =>
    id.startsWith("\0asked:")
      ? `import { createRequire } from "node:module";
         const require = createRequire(import.meta.url);
         const load = () => require("./vendor-${id.slice(7)}.js");
         export default (...given) => (load().default ?? load())(...given);`
      : undefined,
};

rmSync(dist, { recursive: true, force: true });
const bundle = await rolldown({
  cwd: root,
  input: {
    ...Object.fromEntries(["plugin", ...OWN_SCRIPTS].map((name) => [name, `src/${name}.ts`])),
    "lib/vendor-cliui": "cliui",
    "lib/vendor-string-width": "string-width",
  },
  platform: "node",
  external: INSTALLED,
  plugins: [layoutWhenAsked],
  onwarn: (warning) => {
    throw new Error(warning.message);
  },
});
await bundle.write({ dir: dist, format: "esm", sourcemap: true, chunkFileNames: "lib/[name]-[hash].js" });
const tsc = join(root, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
chmodSync(join(dist, "main.js"), 0o755);
