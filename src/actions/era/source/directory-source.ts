import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fail } from "../failed.ts";
import { eraFileOf, type FoundName, makeListing } from "./listing.ts";
import type { EraSource } from "./source.ts";

/** Era files in a local directory, read in place: nothing is copied and nothing of it is ever deleted. */
export function directorySource(directory: string): EraSource {
  const root = resolve(directory);
  return {
    kind: "directory",
    shown: root,
    async list(request) {
      const names = await readNames(root);
      const mine = names.filter((name) => eraFileOf({ name, location: "" })?.network === request.network);
      const found = await Promise.all(mine.map((name) => foundName(root, name)));
      return makeListing(request, found, `${mine.length} files in the directory`);
    },
  };
}

async function readNames(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    const hint = "name an existing directory, an s3:// location or an http(s):// address as the source";
    throw fail("era-source-missing", `the source ${root} is no directory`, { hint, retryable: false, cause: error });
  }
}

async function foundName(root: string, name: string): Promise<FoundName> {
  const location = join(root, name);
  return { name, location, sizeBytes: (await stat(location)).size };
}
