import { readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { Actor } from "../../domain/prompt.ts";

/** The person (or the job) behind this process. With sudo, the one who called it. */
export function actorHere(via: string): Actor {
  const tty = terminalName();
  return { user: process.env.SUDO_USER ?? userName(), host: hostname(), via, ...(tty ? { tty } : {}) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's uid without an entry in /etc/passwd.
    return `uid ${process.geteuid?.() ?? "?"}`;
  }
}

function terminalName(): string | undefined {
  for (const fd of [0, 2]) {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      if (name.startsWith("/dev/pts/") || name.startsWith("/dev/tty")) return name;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
