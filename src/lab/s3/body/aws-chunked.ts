import { createHash } from "node:crypto";
import { S3Error } from "../s3-error.ts";
import { hmac, type Signed, sameText } from "../signature.ts";

/** Trailing headers of a body, filled once the payload has been read to its end. Names in lower case. */
export type Trailers = { [name: string]: string };

const MAX_LINE_BYTES = 16 * 1024;
const EMPTY_SHA256 = createHash("sha256").digest("hex");

/**
 * Takes the payload out of `Content-Encoding: aws-chunked` framing (`size[;chunk-signature=…]\r\n data \r\n … 0\r\n
 * trailers \r\n`), checking chunk signatures when `signed` is given. Source: "Signature calculations … transferring
 * payload in multiple chunks" and "trailing headers" in the Amazon S3 API reference.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Trailers,
  signed: Signed | undefined,
): AsyncGenerator<Buffer> {
  const input = new ByteReader(source);
  const signatures = signed && new ChunkSignatures(signed);
  for (;;) {
    const [size, ...extensions] = (await input.line()).split(";");
    const left = Number.parseInt(size!, 16);
    if (!/^[0-9a-f]+$/i.test(size!) || Number.isNaN(left)) throw incomplete("a chunk size is malformed");
    signatures?.open(extensions);
    if (left === 0) break;
    for (let missing = left; missing > 0; ) {
      const piece = await input.upTo(missing);
      missing -= piece.length;
      signatures?.update(piece);
      yield piece;
    }
    signatures?.close();
    if ((await input.line()) !== "") throw incomplete("a chunk is longer than its size");
  }
  signatures?.close();
  for (;;) {
    const line = await input.lineOrEnd();
    if (line === undefined || line === "") return;
    const colon = line.indexOf(":");
    if (colon > 0) trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
}

/** The chain of chunk signatures: each covers its own data and the signature before it. */
class ChunkSignatures {
  readonly #signed: Signed;
  #previous: string;
  #claimed = "";
  #hash = createHash("sha256");

  constructor(signed: Signed) {
    this.#signed = signed;
    this.#previous = signed.signature;
  }

  open(extensions: readonly string[]): void {
    this.#claimed =
      extensions.find((one) => one.startsWith("chunk-signature="))?.slice("chunk-signature=".length) ?? "";
    this.#hash = createHash("sha256");
  }

  update(data: Buffer): void {
    this.#hash.update(data);
  }

  close(): void {
    const { timestamp, scope, signingKey } = this.#signed;
    const parts = [
      "AWS4-HMAC-SHA256-PAYLOAD",
      timestamp,
      scope,
      this.#previous,
      EMPTY_SHA256,
      this.#hash.digest("hex"),
    ];
    const expected = hmac(signingKey, parts.join("\n")).toString("hex");
    if (!sameText(expected, this.#claimed)) {
      throw new S3Error(403, "SignatureDoesNotMatch", "The signature of a chunk does not match.");
    }
    this.#previous = expected;
  }
}

/** Lines and exact byte counts out of a stream of buffers, without joining them. */
class ByteReader {
  readonly #iterator: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** Between one and `limit` bytes. */
  async upTo(limit: number): Promise<Buffer> {
    if (this.#rest.length === 0 && !(await this.#more())) throw incomplete("the body ends inside a chunk");
    const piece = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async line(): Promise<string> {
    const line = await this.lineOrEnd();
    if (line === undefined) throw incomplete("the body ends before its last chunk");
    return line;
  }

  async lineOrEnd(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#rest.toString("latin1", 0, end);
        this.#rest = this.#rest.subarray(end + 2);
        return line;
      }
      if (this.#rest.length > MAX_LINE_BYTES) throw incomplete("a chunk header is too long");
      const before = this.#rest;
      this.#rest = Buffer.alloc(0);
      const more = await this.#more();
      this.#rest = Buffer.concat([before, this.#rest]);
      if (!more) return this.#rest.length === 0 ? undefined : this.#takeAll();
    }
  }

  #takeAll(): string {
    const text = this.#rest.toString("latin1");
    this.#rest = Buffer.alloc(0);
    return text;
  }

  async #more(): Promise<boolean> {
    const next = await this.#iterator.next();
    if (next.done) return false;
    this.#rest = next.value;
    return true;
  }
}

function incomplete(why: string): S3Error {
  return new S3Error(400, "IncompleteBody", `The request body is not what its headers promise: ${why}.`);
}
