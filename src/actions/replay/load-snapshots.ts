import type { ActionContext } from "../../domain/action.ts";
import { type Connection, connection, connectionFields } from "../s3/fields.ts";
import { type Loaded, loadParsed } from "./load.ts";
import { parseSnapshotList } from "./snapshot-list.ts";
import { type Snapshot, snapshotHeight } from "./snapshot-name.ts";

/** How an `s3://` location is reached. Credentials come from the standard provider chain only. */
export const s3Options = connectionFields;

/** The part of an action's parameters that says how the store is reached. */
export function connectionOf(given: { readonly [name: string]: unknown }): Connection {
  return connection.parse(Object.fromEntries(Object.keys(connectionFields).map((name) => [name, given[name]])));
}

/**
 * The snapshots there are: from a list of the operator, refused with every bad line, or from a listing of a bucket, where
 * other objects are left aside.
 */
export async function loadSnapshots(
  given: { readonly snapshots: string } & Connection,
  context: Pick<ActionContext, "cwd" | "signal" | "env">,
): Promise<Loaded<readonly Snapshot[]>> {
  const { snapshots } = given;
  if (!/^s3:\/\//i.test(snapshots)) return loadParsed("snapshots", snapshots, context.cwd, parseSnapshotList);
  const { remoteNames } = await import("./remote-names.ts");
  const names = await remoteNames(snapshots, connectionOf(given), context);
  if (names.kind === "failed") return names;
  return {
    kind: "ok",
    value: names.value.flatMap((name) => {
      const height = /\.bin(\.\w+)?$/.test(name) ? snapshotHeight(name) : undefined;
      return height === undefined ? [] : [{ name, height }];
    }),
  };
}
