import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeFileAtomically } from "../../src/lib/atomic-file.ts";

async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "runsheet-atomic-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("a file appears whole, with its directories and permissions", async () => {
  const home = await scratch();
  const file = join(home, "a/b/file");
  await writeFileAtomically(file, "text", 0o640);
  await writeFileAtomically(file, Buffer.from("bytes"));
  expect(readFileSync(file, "utf8")).toBe("bytes");
  expect(statSync(file).mode & 0o777).toBe(0o666 & ~process.umask());
  expect(readdirSync(join(home, "a/b"))).toEqual(["file"]);
});

test("a write that breaks off leaves the old file and nothing else", async () => {
  const home = await scratch();
  const file = join(home, "file");
  await writeFileAtomically(file, "old");
  const broken = async function* () {
    yield "half";
    expect(readFileSync(file, "utf8")).toBe("old");
    throw new Error("broken off");
  };
  await expect(writeFileAtomically(file, broken())).rejects.toThrow("broken off");
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(home)).toEqual(["file"]);
});

test("what a crash left behind is cleared away by the next write of that name, and only that", async () => {
  const home = await scratch();
  // No process has a pid above the kernel's maximum of 2^22.
  for (const name of [
    ".file.4194999.0a1b2c3d.tmp",
    ".other.4194999.0a1b2c3d.tmp",
    ".file.notes.tmp",
    `.file.${process.pid}.0a1b2c3d.tmp`,
  ]) {
    writeFileSync(join(home, name), "");
  }
  await writeFileAtomically(join(home, "file"), "x");
  const left = readdirSync(home).sort();
  expect(left).toEqual(
    [`.file.${process.pid}.0a1b2c3d.tmp`, ".file.notes.tmp", ".other.4194999.0a1b2c3d.tmp", "file"].sort(),
  );
});

test("an obstacle is the file system's own error", async () => {
  const home = await scratch();
  mkdirSync(join(home, "taken"));
  await expect(writeFileAtomically(join(home, "taken"), "x")).rejects.toMatchObject({
    code: expect.stringMatching(/^E/),
  });
  expect(readdirSync(home)).toEqual(["taken"]);
});
