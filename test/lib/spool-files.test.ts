import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { SpoolFiles } from "../../src/lib/spool-files.ts";

const directory = mkdtempSync(join(tmpdir(), "runsheet-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

it("lends one file after the other in the same place, and another one while that is in use", async () => {
  const spools = new SpoolFiles(directory, "some");
  const first = await spools.lend(async (path) => {
    writeFileSync(path, "first");
    return path;
  });
  await spools.lend(async (path) => {
    expect(path).toBe(first);
    const other = await spools.lend(async (another) => another);
    expect(other).not.toBe(path);
  });
  await spools.clear();
  expect(readdirSync(directory)).toEqual([]);
});

it("keeps no file that somebody failed with", async () => {
  const spools = new SpoolFiles(directory, "failed");
  let used = "";
  const failing = spools.lend(async (path) => {
    used = path;
    writeFileSync(path, "half");
    throw new Error("no space");
  });
  await expect(failing).rejects.toThrow("no space");
  expect(existsSync(used)).toBe(false);
});
