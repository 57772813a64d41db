import type { ChunkSink, DecodeOptions, EraSummary } from "./contract.ts";

/**
 * Reads the era file at `path`, checks everything that can be checked, and hands its rows to `sink` as ClickHouse
 * Native blocks. Memory does not depend on the size of the era.
 *
 * Resolves only when the whole file was read and every check passed; chunks handed over before a failure must be thrown
 * away by the caller. Throws EraFormatError for a bad file, the sink's own error, the signal's reason, or the file
 * system's error.
 */
export async function decodeEra(path: string, options: DecodeOptions, sink: ChunkSink): Promise<EraSummary> {
  throw new Error(`decodeEra(${path}, ${options.network.name}, ${sink.name}) is not written yet`);
}
