import { compareUtf8 } from "../../lib/compare-utf8.ts";

export type Dataset = { readonly name: string; readonly sizeBytes: number };

export type Group = { readonly names: readonly string[]; readonly bytes: number };

/**
 * Divides datasets into at most `jobs` groups of about equal size: the largest first, each to the group that has least
 * (longest processing time first; never more than a third above the best there is, Graham 1969). Empty groups are left
 * out. The same input gives the same groups, whatever its order.
 */
export function balancedGroups(datasets: readonly Dataset[], jobs: number): Group[] {
  const groups = Array.from({ length: jobs }, () => ({ names: [] as string[], bytes: 0 }));
  const largestFirst = [...datasets].sort((a, b) => b.sizeBytes - a.sizeBytes || compareUtf8(a.name, b.name));
  for (const { name, sizeBytes } of largestFirst) {
    const least = groups.reduce((best, group) => (group.bytes < best.bytes ? group : best));
    least.names.push(name);
    least.bytes += sizeBytes;
  }
  return groups.filter(({ names }) => names.length > 0);
}
