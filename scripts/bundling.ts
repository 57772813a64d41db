import { join } from "node:path";
import type { InputOptions, Plugin } from "rolldown";

/** How our code is bundled, for `build.ts` and for the benches that measure what is published. */
export const root = join(import.meta.dirname, "..");

const PLAIN_TEXT = JSON.stringify(join(root, "scripts/plain-text.ts"));

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
  resolveId: (id, importer) => (id === "cliui" && importer?.includes("/yargs/") ? "\0asked:cliui" : undefined),
  load: (id) =>
    id === "\0asked:cliui"
      ? `import { createRequire } from "node:module";
         const require = createRequire(import.meta.url);
         const load = () => require("./vendor-cliui.js");
         export default (...given) => (load().default ?? load())(...given);`
      : undefined,
};

/** Ink and yargs measure and split text as `plain-text.ts` does. */
const plainText: Plugin = {
  name: "plain-text",
  resolveId: (id, importer) =>
    id === "string-width" && importer?.includes("node_modules") && !importer.includes("/cliui/")
      ? "\0width"
      : undefined,
  load: (id) => (id === "\0width" ? `export { widthFor as default } from ${PLAIN_TEXT};` : undefined),
  transform: (code, id) =>
    id.includes("node_modules") && code.includes("new Intl.Segmenter")
      ? {
          code: `import { graphemes } from ${PLAIN_TEXT};${code.replaceAll(/new Intl\.Segmenter\([^()]*\)/g, "graphemes")}`,
          map: null,
        }
      : undefined,
};

/** React has its checks for developers beside it in every package, larger than itself. */
const reactForUsers: Plugin = {
  name: "react-for-users",
  async resolveId(id, importer) {
    const checking = /^\.\/cjs\/[\w-]+\.development\.js$/.test(id);
    return checking ? await this.resolve(id.replace("development", "production"), importer) : undefined;
  },
};

/** Yoga fetches its own data URL, for which Node first loads all of its HTTP client, and compiles it on another thread. */
const yogaAtOnce: Plugin = {
  name: "yoga-at-once",
  transform(code, id) {
    if (!id.endsWith("/yoga-wasm-base64-esm.js")) return undefined;
    const atOnce = code
      .replaceAll('"function"!=typeof fetch', "true")
      .replace("WebAssembly.instantiate(f,d)", "{instance:new WebAssembly.Instance(new WebAssembly.Module(f),d)}");
    if (/typeof fetch|WebAssembly\.instantiate\(/.test(atOnce)) throw new Error("yoga-layout is loaded in a new way");
    return { code: atOnce, map: null };
  },
};

export const bundling: InputOptions = {
  cwd: root,
  platform: "node",
  external: INSTALLED,
  plugins: [layoutWhenAsked, plainText, reactForUsers, yogaAtOnce],
  onwarn: (warning) => {
    throw new Error(warning.message);
  },
};
