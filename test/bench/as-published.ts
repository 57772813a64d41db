import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { bundling, root } from "../../scripts/bundling.ts";
import type { OwnScript } from "../../src/lib/own-files.ts";

/**
 * Runs a bench that was started from its source once more, bundled as the program is published, with the scripts of ours
 * that it starts: otherwise every process and thread also carries a compiler of types. Ends as the bench ends.
 */
export async function runAsPublished(bench: string, scripts: readonly OwnScript[]): Promise<void> {
  const name = basename(bench, ".ts");
  const home = join(root, `node_modules/.cache/runsheet-bench-${name}-${process.pid}`);
  mkdirSync(home, { recursive: true });
  try {
    writeFileSync(join(home, "package.json"), '{"type":"module"}');
    const input = Object.fromEntries(scripts.map((script) => [script, join(root, `src/${script}.ts`)]));
    const bundle = await rolldown({ ...bundling, input: { ...input, [name]: bench } });
    await bundle.write({ dir: join(home, "dist"), format: "esm", chunkFileNames: "lib/[name]-[hash].js" });
    const argv = [join(home, `dist/${name}.js`), ...process.argv.slice(2)];
    process.exitCode = spawnSync(process.execPath, argv, { stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
