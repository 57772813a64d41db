import fs from "node:fs";
import path from "node:path";
import { EraFormatError } from "../../../../../src/actions/era/decode/index.ts";
import { compressFrames } from "../../../../../src/lab/era-files/snappy.ts";
import { type Decoded, decoded, SMALL } from "./eras.ts";

export type RecordAt = { readonly at: number; readonly type: number; readonly length: number; readonly end: number };

/** The records of a healthy file, in order. */
export function recordsOf(file: Buffer): RecordAt[] {
  const records: RecordAt[] = [];
  for (let at = 0; at < file.length; at = records.at(-1)!.end) {
    const length = file.readUInt32LE(at + 2);
    records.push({ at, type: file.readUInt16LE(at), length, end: at + 8 + length });
  }
  return records;
}

/** The snappy chunks of a record: where each begins in the file. */
export function chunksOf(file: Buffer, record: RecordAt): { readonly at: number; readonly end: number }[] {
  const chunks: { at: number; end: number }[] = [];
  for (let at = record.at + 8; at < record.end; at = chunks.at(-1)!.end) {
    chunks.push({ at, end: at + 4 + file.readUIntLE(at + 1, 3) });
  }
  return chunks;
}

type Options = { readonly kernel?: "wasm" | "js"; readonly state?: "required" };

/** Writes `bytes` under the name of `original` in another directory, decodes that, and returns its error. */
export async function refusalOf(original: string, bytes: Uint8Array, options: Options = {}): Promise<EraFormatError> {
  const outcome = await outcomeOf(original, bytes, options);
  if (outcome instanceof EraFormatError) return outcome;
  throw new Error("a damaged file was accepted");
}

/** The error of the damaged file, or what was decoded. */
export async function outcomeOf(
  original: string,
  bytes: Uint8Array,
  options: Options = {},
): Promise<EraFormatError | Decoded> {
  const directory = `${path.dirname(original)}/damaged`;
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, path.basename(original));
  fs.writeFileSync(file, bytes);
  try {
    return await decoded(file, { network: SMALL, state: "optional", ...options });
  } catch (error) {
    if (!(error instanceof EraFormatError)) throw error;
    if (error.file !== file || !error.message.startsWith(file) || error.hint === "") throw error;
    return error;
  }
}

/** The file with the record replaced by another of the same type, and both slot indices mended. */
export function withRecord(file: Buffer, record: RecordAt, content: Uint8Array): Buffer {
  const body = compressFrames(content);
  const head = Buffer.from(file.subarray(record.at, record.at + 8));
  head.writeUInt32LE(body.length, 2);
  const grown = body.length - record.length;
  const changed = Buffer.concat([file.subarray(0, record.at), head, body, file.subarray(record.end)]);
  for (const index of recordsOf(changed).filter(({ type }) => type === 0x3269)) {
    for (let at = index.at + 16; at < index.end - 8; at += 8) {
      const offset = changed.readBigInt64LE(at);
      const target = index.at - grown + Number(offset);
      // Entries that point in front of the changed record are further away now.
      if (offset !== 0n && target <= record.at) changed.writeBigInt64LE(offset - BigInt(grown), at);
    }
  }
  return changed;
}
