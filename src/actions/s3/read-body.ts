import type { GetObjectCommandInput, GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Requests } from "./attempts.ts";
import { shown } from "./location.ts";
import type { Place } from "./transfer.ts";

const STALL_MS = 60_000;

/** Bytes of an object, whole or a range (`end` exclusive), in memory; the caller bounds how many. */
export function readBytes(
  requests: Requests,
  place: Place,
  wanted: { readonly etag?: string; readonly start: number; readonly end: number; readonly whole: boolean },
): Promise<Buffer> {
  const { store, bucket, key } = place;
  const input: GetObjectCommandInput = {
    Bucket: bucket,
    Key: key,
    ...(wanted.etag ? { IfMatch: `"${wanted.etag}"` } : {}),
    ...(wanted.whole ? {} : { Range: `bytes=${wanted.start}-${wanted.end - 1}` }),
    ...store.payer,
  };
  return requests.send(store, shown(place), async (options) => {
    const answer = await store.client.send(new store.sdk.GetObjectCommand(input), options);
    const pieces: Buffer[] = [];
    for await (const piece of unstalled(answer.Body)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (bytes.length !== wanted.end - wanted.start) throw cutShort(bytes.length, wanted.end - wanted.start);
    return bytes;
  });
}

/** The body piece by piece; breaks off when nothing comes for a minute. */
export async function* unstalled(body: GetObjectCommandOutput["Body"]): AsyncGenerator<Buffer> {
  if (body === undefined) return;
  const stream = body as unknown as AsyncIterable<Buffer> & { destroy(error: Error): void };
  const stall = () => stream.destroy(transient("ETIMEDOUT", `nothing came for ${STALL_MS / 1000} s`));
  let timer = setTimeout(stall, STALL_MS);
  try {
    for await (const piece of stream) {
      clearTimeout(timer);
      yield piece;
      timer = setTimeout(stall, STALL_MS);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Worth another try, like a broken connection. */
export function cutShort(got: number, expected: number): Error {
  return transient("ECONNRESET", `the body has ${got} bytes instead of ${expected}`);
}

function transient(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
