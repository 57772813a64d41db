import { access, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { decode } from "./yaml/bytes.ts";
import { entryOf, type MapNode } from "./yaml/node.ts";
import { readYaml } from "./yaml/read.ts";
import { reportFor } from "./yaml/report.ts";

/** A runbook that can be named without its path. `lab` is its practice parameters' file. */
export type NamedRunbook = {
  readonly name: string;
  readonly file: string;
  readonly title?: string;
  readonly description?: string;
  readonly lab?: string;
};

/**
 * The runbooks `<dir>/<name>/runbook.yaml` and `<dir>/<name>.yaml` of `dirs`, the first dir first, each name once. A file
 * that cannot be read as YAML is listed without title; a directory that cannot be read has no runbooks.
 */
export async function listNamedRunbooks(dirs: readonly string[]): Promise<readonly NamedRunbook[]> {
  const found = new Map<string, NamedRunbook>();
  for (const dir of dirs) {
    for (const runbook of await listOne(dir)) if (!found.has(runbook.name)) found.set(runbook.name, runbook);
  }
  return [...found.values()];
}

/** The file of the one that has this name; reads no file where its place says enough. */
export async function findNamedRunbook(dirs: readonly string[], name: string): Promise<string | undefined> {
  if (name !== basename(name)) return undefined;
  for (const dir of dirs) {
    const inside = join(dir, name, "runbook.yaml");
    if (await access(inside).then(always, never)) return inside;
    for (const file of [join(dir, `${name}.yaml`), join(dir, `${name}.yml`)]) {
      if (await describe(name, file)) return file;
    }
  }
  return undefined;
}

const always = () => true;
const never = () => false;

async function listOne(dir: string): Promise<readonly NamedRunbook[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const sorted = entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const candidates = sorted.map(({ name }) => {
    const file = /^(.+)\.ya?ml$/.exec(name);
    return file ? describe(file[1] as string, join(dir, name)) : inDirectory(name, join(dir, name));
  });
  return (await Promise.all(candidates)).filter((runbook) => runbook !== undefined);
}

async function inDirectory(name: string, dir: string): Promise<NamedRunbook | undefined> {
  const files = await readdir(dir).catch((): string[] => []);
  if (!files.includes("runbook.yaml")) return undefined;
  const runbook = await describe(name, join(dir, "runbook.yaml"));
  return runbook && { ...runbook, ...(files.includes("lab.yaml") ? { lab: join(dir, "lab.yaml") } : {}) };
}

async function describe(name: string, file: string): Promise<NamedRunbook | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return undefined;
  const decoded = decode(file, bytes);
  const node = "source" in decoded ? readYaml(reportFor(decoded.source)) : undefined;
  if (node?.kind !== "map") return file.endsWith("/runbook.yaml") ? { name, file } : undefined;
  // Other YAML files may lie beside runbooks.
  if (!entryOf(node, "runsheet")) return undefined;
  return { name, file, ...text(node, "title"), ...text(node, "description") };
}

function text<K extends string>(node: MapNode, key: K): { readonly [key in K]?: string } {
  const value = entryOf(node, key)?.value;
  if (value?.kind !== "scalar" || typeof value.value !== "string") return {};
  return { [key]: value.value } as { readonly [key in K]?: string };
}
