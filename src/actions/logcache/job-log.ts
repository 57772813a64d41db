/** What Spark says when a directory was not copied: `Path does not exist: s3a://bucket/cache/KEY;`. */
const MISSING = /Path does not exist: s3a?:\/\/([^\s;,'"]+)/g;

/**
 * Directories that a job did not find, as keys below `to` (`s3://bucket/cache/`), each once, in the order of the log.
 * Paths elsewhere are left out: copying again would not help.
 */
export function missingKeys(log: string, to: string): string[] {
  const folder = to.replace(/^s3a?:\/\//, "");
  const keys = new Set<string>();
  for (const [, path] of log.matchAll(MISSING)) {
    if (!path?.startsWith(folder)) continue;
    const key = path.slice(folder.length).replace(/^\/+|\/+$/g, "");
    if (key !== "") keys.add(key);
  }
  return [...keys];
}
