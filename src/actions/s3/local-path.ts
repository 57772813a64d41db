import { join } from "node:path";

/**
 * Where the object `name` (a key below the prefix) goes below a directory; undefined when no file can have that name:
 * empty, `.` and `..` segments, NUL, segments of more than 255 bytes. Nothing ever lands outside of the directory.
 */
export function localPath(directory: string, name: string): string | undefined {
  const segments = name.split("/");
  const bad = segments.some(
    (one) => one === "" || one === "." || one === ".." || one.includes("\0") || Buffer.byteLength(one) > 255,
  );
  return bad ? undefined : join(directory, ...segments);
}

/** A key that ends with a slash stands for a folder. */
export function isFolderMarker(name: string, sizeBytes: number): boolean {
  return sizeBytes === 0 && (name === "" || name.endsWith("/"));
}
