import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileActions } from "../../../src/actions/file/index.ts";
import { actionNamed, contextIn, runAction, temporaryDirectory } from "../context.ts";

const compress = actionNamed(fileActions, "file.compress");
const decompress = actionNamed(fileActions, "file.decompress");
const content = Buffer.from("block ".repeat(400_000));
const sha256 = createHash("sha256").update(content).digest("hex");

describe("file.compress and file.decompress", () => {
  test.each(["zst", "gz"])("bring a file to .%s and back with the same bytes", async (ending) => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "f"), content);
    const packed = await runAction(compress, { from: "f", to: `f.${ending}` }, contextIn({ cwd: home.path }));
    expect(packed).toMatchObject({ kind: "ok", outputs: { source: { sizeBytes: content.length, sha256 } } });
    rmSync(join(home.path, "f"));
    const unpacked = await runAction(decompress, { from: `f.${ending}` }, contextIn({ cwd: home.path }));
    expect(unpacked).toMatchObject({
      kind: "ok",
      outputs: { file: join(home.path, "f"), sizeBytes: content.length, sha256 },
    });
    expect(readFileSync(join(home.path, "f")).equals(content)).toBe(true);
  });

  test.skipIf(!hasZstd())("write what the zstd command reads, and read what it writes", async () => {
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path });
    writeFileSync(join(home.path, "f"), content);
    await runAction(compress, { from: "f", level: 1 }, context);
    execFileSync("zstd", ["-tq", join(home.path, "f.zst")]);
    execFileSync("zstd", ["-q", "--long=31", join(home.path, "f"), "-o", join(home.path, "g.zst")]);
    expect(await runAction(decompress, { from: "g.zst" }, context)).toMatchObject({ kind: "ok", outputs: { sha256 } });
  });

  test("refuse a damaged or cut off file and leave nothing behind", async () => {
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path });
    writeFileSync(join(home.path, "f"), content);
    for (const ending of ["zst", "gz"]) {
      await runAction(compress, { from: "f", to: `cut.${ending}` }, context);
      truncateSync(join(home.path, `cut.${ending}`), 150);
      writeFileSync(join(home.path, `other.${ending}`), "not compressed at all");
      for (const name of ["cut", "other"]) {
        const result = await runAction(decompress, { from: `${name}.${ending}` }, context);
        expect(result).toMatchObject({ kind: "failed", failure: { code: "file-damaged", retryable: false } });
      }
    }
    expect(readdirSync(home.path).sort()).toEqual(["cut.gz", "cut.zst", "f", "other.gz", "other.zst"]);
  });

  test("may remove the source, and know after an interruption that all was done", async () => {
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path });
    writeFileSync(join(home.path, "f"), content);
    const given = { from: "f", keep: false };
    const done = await runAction(compress, given, context);
    expect(existsSync(join(home.path, "f"))).toBe(false);
    const lastCheckpoint = context.checkpoints.at(-1)!;
    expect(await runAction(compress, given, contextIn({ cwd: home.path, lastCheckpoint }))).toEqual(done);
  });

  test("end when they are cancelled, and ask for the format when the name does not tell", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "f"), content);
    const cancelled = contextIn({ cwd: home.path, signal: AbortSignal.abort() });
    expect(await runAction(compress, { from: "f" }, cancelled)).toMatchObject({ failure: { code: "cancelled" } });
    const unknown = await runAction(decompress, { from: "f" }, contextIn({ cwd: home.path }));
    expect(unknown).toMatchObject({ failure: { code: "file-format-unknown", hint: 'give "to" and "format"' } });
    expect(readdirSync(home.path)).toEqual(["f"]);
  });
});

function hasZstd(): boolean {
  try {
    execFileSync("zstd", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
