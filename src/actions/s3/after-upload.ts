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
  const there = await stat(target).catch(() => undefined);
  // Of the same size and time: the copy that a crash left behind before the original was removed.
  if (there && !(there.size === file.sizeBytes && Math.abs(there.mtimeMs - file.modifiedMs) < 2)) {
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
