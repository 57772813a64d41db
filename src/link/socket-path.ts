import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included (unix(7)). */
const MAX_SOCKET_PATH = 103;

/**
 * Where the run's socket is: in the run's directory, or, when that path is too long for a socket, in a private directory
 * below `$XDG_RUNTIME_DIR` or the temporary directory, named by a file `socket` in the run's directory.
 */
export function chooseSocketPath(runDir: string): string {
  const near = join(runDir, "sock");
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return near;
  const name = createHash("sha256").update(runDir).digest("hex").slice(0, 24);
  const far = join(privateDirectory(process.env.XDG_RUNTIME_DIR || tmpdir()), `${name}.sock`);
  writeFileSync(join(runDir, "socket"), far, { mode: 0o600 });
  return far;
}

/** Anybody may have made a directory of our name in a shared place; who owns it could take the socket's place. */
function privateDirectory(base: string): string {
  const uid = process.geteuid?.() ?? 0;
  const usual = join(base, `runsheet-${uid}`);
  const there = lstatSync(usual, { throwIfNoEntry: false });
  if (!there) {
    mkdirSync(usual, { mode: 0o700 });
    return usual;
  }
  const isOurs = there.isDirectory() && there.uid === uid && (there.mode & 0o077) === 0;
  return isOurs ? usual : mkdtempSync(`${usual}-`);
}

export function findSocketPath(runDir: string): string {
  try {
    return readFileSync(join(runDir, "socket"), "utf8").trim();
  } catch {
    return join(runDir, "sock");
  }
}
