// Compiles src/actions/era/kernel/assembly (AssemblyScript) and writes the result, in base64, to kernel-wasm.ts beside
// it. The output is checked in, so that neither a build nor an installation needs the compiler. With --check nothing is
// written: exit code 1 when the checked-in file is not what the sources give.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const folder = path.resolve(import.meta.dirname, "../src/actions/era/kernel");

export const KERNEL_FILE: string = path.join(folder, "kernel-wasm.ts");

const FLAGS = [
  ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert", "--runtime", "stub"],
  ...["--enable", "simd", "--enable", "bulk-memory", "--enable", "relaxed-simd"],
  ...["--importMemory", "--initialMemory", "2625"],
];

/** The text of kernel-wasm.ts for the sources as they are. */
export function buildKernel(): string {
  const compiler = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "kernel-"));
  try {
    const output = path.join(scratch, "kernel.wasm");
    const args = [compiler, "assembly/index.ts", "--outFile", path.relative(folder, output), ...FLAGS];
    execFileSync(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    const text = fs.readFileSync(output).toString("base64");
    return `// Made by scripts/build-kernel.ts from assembly/. Do not edit.\n\nexport const KERNEL_WASM: string =\n  "${text}";\n`;
  } finally {
    fs.rmSync(scratch, { recursive: true });
  }
}

if (import.meta.main) {
  const text = buildKernel();
  const same = fs.existsSync(KERNEL_FILE) && fs.readFileSync(KERNEL_FILE, "utf8") === text;
  if (process.argv.includes("--check")) {
    if (!same) {
      console.error("kernel-wasm.ts is not what assembly/ gives: run `node scripts/build-kernel.ts`");
      process.exitCode = 1;
    }
  } else if (!same) {
    fs.writeFileSync(KERNEL_FILE, text);
    console.log(`wrote ${path.relative(process.cwd(), KERNEL_FILE)}`);
  }
}
