import type { ActionContext } from "../../domain/action.ts";
import { requests } from "../s3/attempts.ts";
import { connect, type Store } from "../s3/connect.ts";
import { Failed } from "../s3/failed.ts";
import type { Connection } from "../s3/fields.ts";
import { ConcurrencyLimit } from "../s3/limit.ts";
import { listPages } from "../s3/list-pages.ts";
import { asFolder, parseS3Url } from "../s3/location.ts";
import type { Loaded } from "./load.ts";

/** The names of all objects directly below an `s3://` location, in the order of the store. Reads only. */
export async function remoteNames(
  location: string,
  connection: Connection,
  { env, signal }: Pick<ActionContext, "env" | "signal">,
): Promise<Loaded<readonly string[]>> {
  const { bucket, key } = asFolder(parseS3Url(location));
  let store: Store | undefined;
  try {
    store = await connect(connection, env, { sockets: 4 });
    const names: string[] = [];
    for await (const page of listPages(requests(new ConcurrencyLimit(4), signal), { store, bucket, prefix: key })) {
      for (const entry of page) {
        const name = entry.key.slice(key.length);
        if (name !== "" && !name.includes("/")) names.push(name);
      }
    }
    return { kind: "ok", value: names };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { kind: "failed", failure: error.failure };
  } finally {
    store?.close();
  }
}
