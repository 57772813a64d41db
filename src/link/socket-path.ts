import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included (unix(7)). */
const MAX_SOCKET_PATH = 103;

/**
 * Where the run's socket is: in the run's directory, or, when that path is too long for a socket, in a private directory
 * below `$XDG_RUNTIME_DIR` or the temporary directory, named by a file `socket` in the run's directory.
 */
export function chooseSocketPath(runDir: string): string {
  const near = join(runDir, "sock");
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return near;
  const base = process.env.XDG_RUNTIME_DIR || tmpdir();
  const name = createHash("sha256").update(runDir).digest("hex").slice(0, 24);
  const far = join(base, `runsheet-${process.geteuid?.() ?? 0}`, `${name}.sock`);
  mkdirSync(dirname(far), { recursive: true, mode: 0o700 });
  writeFileSync(join(runDir, "socket"), far, { mode: 0o600 });
  return far;
}

export function findSocketPath(runDir: string): string {
  try {
    return readFileSync(join(runDir, "socket"), "utf8").trim();
  } catch {
    return join(runDir, "sock");
  }
}
