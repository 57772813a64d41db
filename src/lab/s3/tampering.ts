import type { Answer } from "./call.ts";

/** Flips one bit in the first piece that has any, as if the bytes had been damaged on the way. */
export function damage(): (piece: Buffer) => Buffer {
  let done = false;
  return (piece) => {
    if (done || piece.length === 0) return piece;
    done = true;
    const damaged = Buffer.from(piece);
    damaged[damaged.length >> 1]! ^= 1;
    return damaged;
  };
}

/** The answer with another ETag and other checksums than the object has. */
export function withWrongChecksums(answer: Answer): Answer {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers[name] = name === "etag" || name.startsWith("x-amz-checksum-") ? turned(value) : value;
  }
  const xml = answer.xml?.replace(/<(ETag|Checksum\w+)>([^<]*)</g, (_, name, value) => `<${name}>${turned(value)}<`);
  return { ...answer, headers, ...(xml === undefined ? {} : { xml }) };
}

/** Same length and alphabet, other value. */
function turned(value: string): string {
  return value.replace(/[0-9a-f]/, (digit) => (digit === "0" ? "1" : "0"));
}
