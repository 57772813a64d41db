import { open } from "node:fs/promises";
import { publishFile } from "../../../lib/atomic-file.ts";
import { withRetries } from "../retry.ts";
import type { DownloadOptions, Remote } from "./download-era.ts";
import { sameEtag, tooLong, truncated } from "./remote.ts";

/** For servers that serve no parts or say no length: one stream from the start, begun anew after each failure. */
export async function fetchWhole(path: string, remote: Remote, options: DownloadOptions): Promise<number> {
  const { retries, signal, gate } = options;
  const onRetry = (failed: Error) => options.log?.(`${failed.message}; trying again`);
  return withRetries(retries, () => gate.run(() => fetchOnce(path, remote, options)), { signal, onRetry });
}

async function fetchOnce(path: string, remote: Remote, options: DownloadOptions): Promise<number> {
  const opened = await remote.source.open!(remote.file, { signal: options.signal });
  const wanted = opened.totalBytes ?? (sameEtag(remote.etag, opened.etag) ? remote.sizeBytes : undefined);
  const file = await open(`${path}.part`, "w");
  try {
    let got = 0;
    for await (const piece of opened.body) {
      got += piece.length;
      if (wanted !== undefined && got > wanted) throw tooLong(remote, wanted);
      await file.writeFile(piece);
      options.onProgress?.(got, wanted);
    }
    if (wanted !== undefined && got < wanted) throw truncated(remote, got, wanted);
    await file.sync();
    await file.close();
    await publishFile(`${path}.part`, path);
    return got;
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}
