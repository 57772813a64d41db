import type { DatasetName } from "../decode/index.ts";
import { Failed, toFailure } from "../failed.ts";
import type { LoadEraOptions } from "./load-era.ts";
import { ownerText } from "./owner.ts";
import type { Load } from "./staging.ts";
import { publishedLoads, type StateRow, writeState } from "./state-rows.ts";
import { removeLoad } from "./sweep.ts";

/** Nobody knows whether the commit was carried out; perhaps it still will be. */
class CommitInDoubt extends Error {}

/** What is known of a load before it has brought anything. */
export function draftRow(
  options: LoadEraOptions,
  datasets: readonly DatasetName[],
  loadId: bigint,
  attempt: number,
): StateRow {
  return {
    era: options.era,
    status: "processing",
    loadId,
    attempt,
    datasets,
    rows: {},
    error: "",
    fileName: options.fileName,
    fileBytes: 0,
    root: "",
    source: options.source,
    stateChecked: false,
    startedAtMs: Date.now(),
    durationMs: 0,
    owner: ownerText(options.owner),
  };
}

/** Writes the one row that makes the load visible. When the answer is lost, ClickHouse is asked whether it is there. */
export async function commit(load: Load, row: StateRow, { log }: Pick<LoadEraOptions, "log">): Promise<void> {
  try {
    await writeState(load.target, row);
  } catch (error) {
    const published = await publishedLoads(load.target, load.era).catch(() => undefined);
    if (published === undefined || ![...published.values()].includes(load.loadId)) {
      throw new CommitInDoubt("", { cause: error });
    }
    log?.(`era ${load.era}: the answer to the commit was lost, but it was carried out`);
  }
}

/**
 * Every era ends completed or failed, with the reason; a state that cannot be written is a part of the reason. Returns
 * what to throw.
 */
export async function afterFailure(
  load: Load,
  draft: StateRow,
  options: LoadEraOptions,
  error: unknown,
): Promise<unknown> {
  const reason = error instanceof CommitInDoubt ? error.cause : error;
  let failure: ReturnType<typeof toFailure>;
  try {
    failure = toFailure(reason, options.signal);
  } catch {
    return reason;
  }
  try {
    // A commit that arrives late must find its rows; if it never does, the next load removes them.
    if (!(error instanceof CommitInDoubt)) await removeLoad(load);
    // Somebody else may hold the era now: its state is theirs to write.
    if (failure.code === "era-lease-lost") return new Failed(failure);
    const durationMs = Date.now() - draft.startedAtMs;
    const text = `${failure.code}: ${failure.message}`;
    await writeState(load.target, { ...draft, status: "failed", error: text, durationMs });
    return new Failed(failure);
  } catch (second) {
    const message = `${failure.message} (and the failure could not be recorded: ${(second as Error).message})`;
    return new Failed({ ...failure, message });
  }
}
