import { createRequire } from "node:module";
import type { Action } from "../domain/action.ts";
import { ownScript } from "../lib/own-files.ts";

/** The kinds of each family, and the name under which its folder exports them. A test keeps this equal to the registry. */
const FAMILIES = {
  clickhouse: { exported: "clickhouseActions", verbs: ["query", "command", "insert", "assert"] },
  era: {
    exported: "eraActions",
    verbs: [
      "preflight",
      "discover",
      "plan",
      "download",
      "load",
      "check",
      "status",
      "failed",
      "clean",
      "cleanFailed",
      "optimize",
      "migrate",
      "watch",
    ],
  },
  file: { exported: "fileActions", verbs: ["render", "compress", "decompress"] },
  http: { exported: "httpActions", verbs: ["request", "poll"] },
  log: { exported: "logActions", verbs: ["watch"] },
  logcache: { exported: "logcacheActions", verbs: ["copy", "cachemap", "jobs", "watch", "split", "validity"] },
  replay: {
    exported: "replayActions",
    verbs: ["preflight", "manifest", "slices", "slice", "spacing", "config", "snapshots", "blocklogs", "report"],
  },
  s3: { exported: "s3Actions", verbs: ["list", "copy", "upload", "download", "verify"] },
} as const;

type Family = keyof typeof FAMILIES;

/** All built-in kinds, without loading any of them. */
export const builtInKinds: readonly string[] = Object.entries(FAMILIES).flatMap(([family, { verbs }]) =>
  verbs.map((verb) => `${family}.${verb}`),
);

/**
 * The built-in action of that kind; undefined when there is none. Loads the files of its family only, at the first question:
 * commands that use a few actions start several times as fast as with the whole registry.
 */
export function lazyActionOf(kind: string): Action | undefined {
  const [family = ""] = kind.split(".");
  if (!Object.hasOwn(FAMILIES, family)) return undefined;
  return familyActions(family as Family).get(kind);
}

// Lookups are synchronous, and so is `require` of an ES module without top-level await (Node 22.12 and newer).
const require = createRequire(import.meta.url);
const loaded = new Map<string, ReadonlyMap<string, Action>>();

function familyActions(family: Family): ReadonlyMap<string, Action> {
  const known = loaded.get(family);
  if (known !== undefined) return known;
  const module = require(ownScript(`actions/${family}/index`)) as { [name: string]: readonly Action[] };
  const actions = new Map((module[FAMILIES[family].exported] ?? []).map((action) => [action.kind, action]));
  loaded.set(family, actions);
  return actions;
}
