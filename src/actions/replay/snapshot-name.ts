/** A snapshot of the chain's state, known by its file name. */
export type Snapshot = { readonly name: string; readonly height: bigint };

/** The block height in a name such as `snapshot-2019-08-11-16-eos-v6-0073487941.bin.zst`: its last dash-separated part. */
export function snapshotHeight(name: string): bigint | undefined {
  const match = /-([0-9]{1,40})(\.[A-Za-z0-9.]*)?$/.exec(name);
  return match === null ? undefined : BigInt(match[1]!);
}

/**
 * The name under which a snapshot is kept: `snapshot-YYYY-MM-DD-HH-<chain>-v<version>-<height>.bin`, the height in ten
 * digits so that names sort by height. `blockTime` is the node's `head_block_time`, which is UTC without a zone.
 */
export function snapshotName(of: { chain: string; blockTime: string; version: number; height: bigint }): string {
  const time = /^(\d{4}-\d{2}-\d{2})T(\d{2})/.exec(of.blockTime);
  if (time === null) throw new RangeError(`not a block time: ${of.blockTime}`);
  return `snapshot-${time[1]}-${time[2]}-${of.chain}-v${of.version}-${of.height.toString().padStart(10, "0")}.bin`;
}

/** The snapshot with the greatest height below `block`; of two at one height the later in the list. None: genesis. */
export function snapshotBelow(snapshots: readonly Snapshot[], block: bigint): Snapshot | undefined {
  let best: Snapshot | undefined;
  for (const snapshot of snapshots) {
    if (snapshot.height < block && (best === undefined || snapshot.height >= best.height)) best = snapshot;
  }
  return best;
}
