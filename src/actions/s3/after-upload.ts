import { copyFile, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { publishFile, syncDirectory } from "../../lib/atomic-file.ts";
import { failObject } from "./failed.ts";
import type { LocalFile } from "./local-files.ts";

/** What becomes of a local file whose object has been verified. */
export type AfterUpload =
  | { readonly kind: "keep" }
  | { readonly kind: "delete" }
  | { readonly kind: "archive"; readonly directory: string };

/** Done only after verification. Doing it again after a crash in the middle is harmless. */
export async function afterUpload(file: LocalFile, after: AfterUpload): Promise<void> {
  switch (after.kind) {
    case "keep":
      return;
    case "delete":
      await rm(file.path);
      await syncDirectory(dirname(file.path));
      return;
    case "archive":
      await moveInto(file, join(after.directory, file.name));
  }
}

async function moveInto(file: LocalFile, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  // The same bytes: the copy that a crash left behind before the original was removed.
  if ((await isFile(target)) && !(await sameBytes(file.path, target))) {
    throw failObject("file-exists", `${target} is there already and is not ${file.path}`, {
      hint: "move it away, then resume the run; the upload itself is done and verified",
    });
  }
  try {
    await rename(file.path, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await moveAcross(file, target);
  }
  await syncDirectory(dirname(target));
}

/** To another file system: the original goes only when the copy is durable under its name. */
async function moveAcross(file: LocalFile, target: string): Promise<void> {
  const temporary = `${target}.runsheet-moving`;
  await copyFile(file.path, temporary);
  await preserve(file, temporary);
  await publishFile(temporary, target);
  await rm(file.path);
}

async function preserve(file: LocalFile, path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.utimes(file.modifiedMs / 1000, file.modifiedMs / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function sameBytes(a: string, b: string): Promise<boolean> {
  const [one, other] = [await open(a), await open(b)];
  try {
    if ((await one.stat()).size !== (await other.stat()).size) return false;
    const buffers = [Buffer.alloc(COMPARE_BYTES), Buffer.alloc(COMPARE_BYTES)] as const;
    for (;;) {
      const [left, right] = [await one.read(buffers[0]), await other.read(buffers[1])];
      const [x, y] = [buffers[0].subarray(0, left.bytesRead), buffers[1].subarray(0, right.bytesRead)];
      if (!x.equals(y)) return false;
      if (x.length === 0) return true;
    }
  } finally {
    await one.close();
    await other.close();
  }
}

const COMPARE_BYTES = 1024 ** 2;
