#!/usr/bin/env node
/**
 * The stand-in for `gsutil`: buckets are directories below `GSUTIL_ROOT`. Knows `ls`, `cp`, `cat`, `rm`, `stat` and
 * `rsync` with the flags that backups use, and really copies.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = process.env.GSUTIL_ROOT ?? "";
const words = process.argv.slice(2).filter((word) => !["-m", "-q"].includes(word));
const [verb = "", ...rest] = words;
const exclude = rest.includes("-x") ? rest[rest.indexOf("-x") + 1] : undefined;
const flags = rest.filter((word) => word.startsWith("-") && word !== "-");
const paths = rest.filter((word) => (word === "-" || !word.startsWith("-")) && word !== exclude);
const onlyTell = flags.includes("-n");
process.exitCode = run();

function run(): number {
  if (root === "") return fail("GSUTIL_ROOT is not set: this stand-in works inside the lab only");
  if (verb === "rsync" && paths.length === 2) return rsync(paths[0]!, paths[1]!);
  if (verb === "cp" && paths.length === 2) return copy(paths[0]!, paths[1]!);
  if (verb === "ls" && paths.length === 1) return list(paths[0]!);
  if (verb === "cat" && paths.length === 1) return cat(paths[0]!);
  if (verb === "rm" && paths.length === 1) return remove(paths[0]!);
  if (verb === "stat" && paths.length === 1)
    return existsSync(local(paths[0]!)) ? 0 : fail(`No URLs matched: ${paths[0]}`);
  return fail(`CommandException: Invalid command "${words.join(" ")}".`);
}

/** Copies what differs or is missing; `-d` removes what the source does not have, `-n` only tells, `-x RE` leaves out. */
function rsync(from: string, to: string): number {
  if (!existsSync(local(from)))
    return fail(`CommandException: arg (${from}) does not name a directory, bucket, or bucket subdir.`);
  const kept = (file: string) => exclude === undefined || !new RegExp(exclude).test(file);
  const source = filesBelow(local(from)).filter(kept);
  for (const file of source) {
    const [a, b] = [join(local(from), file), join(local(to), file)];
    if (existsSync(b) && statSync(a).size === statSync(b).size && readFileSync(a).equals(readFileSync(b))) continue;
    say(`${onlyTell ? "Would copy" : "Copying"} ${from.replace(/\/$/, "")}/${file}`);
    if (onlyTell) continue;
    mkdirSync(dirname(b), { recursive: true });
    cpSync(a, b);
  }
  const surplus = flags.includes("-d")
    ? filesBelow(local(to)).filter((file) => kept(file) && !source.includes(file))
    : [];
  for (const file of surplus) {
    say(`${onlyTell ? "Would remove" : "Removing"} ${to.replace(/\/$/, "")}/${file}`);
    if (!onlyTell) rmSync(join(local(to), file));
  }
  return 0;
}

function copy(from: string, to: string): number {
  if (from === "-") {
    mkdirSync(dirname(local(to)), { recursive: true });
    writeFileSync(local(to), readFileSync(0));
    return 0;
  }
  if (!existsSync(local(from))) return fail(`CommandException: No URLs matched: ${from}`);
  const target = to.endsWith("/") ? join(local(to), from.split("/").at(-1) ?? "") : local(to);
  if (to === "-") return cat(from);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(local(from), target, { recursive: true });
  return 0;
}

function list(path: string): number {
  if (!existsSync(local(path))) return fail("CommandException: One or more URLs matched no objects.");
  const base = path.replace(/\/$/, "");
  for (const entry of readdirSync(local(path), { withFileTypes: true })) {
    console.log(`${base}/${entry.name}${entry.isDirectory() ? "/" : ""}`);
  }
  return 0;
}

function cat(path: string): number {
  if (!existsSync(local(path))) return fail(`CommandException: No URLs matched: ${path}`);
  process.stdout.write(readFileSync(local(path)));
  return 0;
}

function remove(path: string): number {
  if (!existsSync(local(path))) return fail(`CommandException: No URLs matched: ${path}`);
  rmSync(local(path), { recursive: true });
  return 0;
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(dir, join(entry.parentPath, entry.name)));
}

function local(path: string): string {
  const bucketPath = /^gs:\/\/(.+)$/.exec(path)?.[1];
  if (bucketPath?.split("/").includes("..")) throw new Error(`not a bucket path: ${path}`);
  return bucketPath === undefined ? path : join(root, bucketPath);
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}
