import { fail } from "../failed.ts";
import { withRetries } from "../retry.ts";
import type { Opened } from "../source/source.ts";
import type { DownloadOptions, Remote } from "./download-era.ts";
import type { Segment } from "./parts.ts";

/** Quotes and the mark of weakness differ between a listing and an answer; the value says whether the file is the same. */
export function sameEtag(one: string | undefined, other: string | undefined): boolean {
  const bare = (etag: string) => etag.replace(/^W\//, "").replaceAll('"', "");
  return one === undefined || other === undefined || bare(one) === bare(other);
}

/** Opens a part and makes sure that it is one of the file that was announced. */
export async function openPart(remote: Remote, part: Segment, signal: AbortSignal | undefined): Promise<Opened> {
  const { source, file, etag, sizeBytes } = remote;
  const opened = await source.open!(file, { part, etag, signal });
  const replaced = !sameEtag(etag, opened.etag) || (opened.totalBytes !== undefined && opened.totalBytes !== sizeBytes);
  if (!replaced) return opened;
  await opened.cancel();
  const message = `${file.location} is not the file that was listed: size or ETag changed`;
  throw fail("era-file-replaced", message, { hint: "discover again, then download", retryable: false });
}

/** The end of the file in memory; undefined when the server cannot serve parts. */
export async function readTail(
  remote: Remote,
  part: Segment,
  options: DownloadOptions,
): Promise<Uint8Array | undefined> {
  return withRetries(
    options.retries,
    async () => {
      const opened = await options.gate.run(() => openPart(remote, part, options.signal));
      if (!opened.partial) {
        await opened.cancel();
        return undefined;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of opened.body) pieces.push(piece);
      const tail = Buffer.concat(pieces);
      if (tail.length === part.end - part.start) return tail;
      throw truncated(remote, tail.length, part.end - part.start);
    },
    { signal: options.signal },
  );
}

export function truncated({ file }: Remote, got: number, wanted: number): Error {
  const message = `${file.location}: ${got} of ${wanted} bytes came, then the connection ended`;
  return fail("era-download-truncated", message, { hint: "the same command goes on from the bytes that are here" });
}

export function tooLong({ file }: Remote, wanted: number): Error {
  const message = `${file.location}: more than the announced ${wanted} bytes came`;
  const hint = "the server or a proxy between is broken: try another source";
  return fail("era-download-length", message, { hint, retryable: false });
}
