import { join } from "node:path";

/** Directories that a simulated pod has; they stand below the pod's own directory on this machine. */
const inPod = ["/data", "/etc", "/tmp", "/var", "/backup"];
const harmless = new Set(["/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/bin/sh", "/bin/bash"]);

export type Mapped =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "outside"; readonly path: string };

/**
 * Moves the absolute paths of an argument or of a shell script into the pod's directory. A path that no simulated pod
 * has is reported instead: programs of a pod must not reach the files of the machine that plays the pod.
 */
export function intoPod(text: string, root: string): Mapped {
  let outside: string | undefined;
  const moved = text.replace(absolutePath, (whole, before: string, path: string) => {
    if (harmless.has(path)) return whole;
    const known = inPod.some((dir) => path === dir || path.startsWith(`${dir}/`));
    if (!known || path.split("/").includes("..")) outside ??= path;
    return `${before}${join(root, path)}`;
  });
  return outside === undefined ? { kind: "ok", text: moved } : { kind: "outside", path: outside };
}

/** A slash that begins a path: at the start or after something that separates words, followed by a letter. */
const absolutePath = /(^|[\s=:"'(<>|&;,])(\/[A-Za-z][\w.@+/-]*)/g;
