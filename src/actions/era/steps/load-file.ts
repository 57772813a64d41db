import { resolve } from "node:path";
import type { ActionContext } from "../../../domain/action.ts";
import { claimEra, type Lease } from "../load/lease.ts";
import { loadEra, tidyEra } from "../load/load-era.ts";
import { makeOwner, type Owner } from "../load/owner.ts";
import { withDatabase } from "../open-database.ts";
import { pause } from "../retry.ts";
import type { EraDatabase } from "../schema/era-database.ts";
import { datasetsOf, insertRowsOf } from "../settings.ts";
import { callOf } from "./fields.ts";
import type { LoadOutputs, LoadParams } from "./load-action.ts";

const TAKEN_POLL_MS = 1000;

/** Loads the one file that a step before has fetched. Waits while another loader works on its era. */
export function loadFile(given: LoadParams, context: ActionContext): Promise<LoadOutputs> {
  const call = callOf(given, context);
  const { era, name } = given.file!;
  return withDatabase(given, call, "create", call.log, async (target) => {
    const owner = makeOwner();
    const lease = await waitForLease(target, era, owner, context);
    try {
      const loaded = await loadEra(lease, {
        target,
        era,
        path: resolve(context.cwd, given.path!),
        fileName: name,
        source: given.source ?? context.env.ERA_BASE_URL ?? given.file!.location,
        datasets: datasetsOf(given),
        force: given.force,
        stateSkipped: given.stateSkipped,
        owner,
        insertRows: insertRowsOf(context.env),
        signal: context.signal,
        log: call.log,
        onProgress: (done, total) => context.progress({ done, total, unit: "bytes", note: `era ${era}` }),
      });
      if (loaded.kind === "loaded") await tidyEra({ target, era, log: call.log });
      const { kind, totalRows, fileBytes } = loaded;
      context.log(kind === "already" ? `era ${era} is complete already` : `era ${era}: ${totalRows} rows`);
      const durationMs = Math.round(loaded.durationMs);
      return {
        eras: [{ era, kind, rows: { ...loaded.rows }, totalRows, fileBytes, durationMs }],
        totalRows,
        fileBytes,
      };
    } finally {
      await lease.release().catch((error) => context.log(String(error)));
    }
  });
}

async function waitForLease(target: EraDatabase, era: number, owner: Owner, context: ActionContext): Promise<Lease> {
  for (let told = ""; ; ) {
    const claimed = await claimEra(target, era, owner, context.signal);
    if (claimed.kind === "held") return claimed.lease;
    if (told !== claimed.by) context.log(`era ${era} is being loaded by ${claimed.by}: waiting`);
    told = claimed.by;
    context.progress({ done: 0, unit: "bytes", note: `waiting for ${claimed.by}` });
    await pause(TAKEN_POLL_MS, context.signal);
  }
}
