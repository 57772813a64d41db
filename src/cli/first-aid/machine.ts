import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { type Finding, ok, warning } from "./finding.ts";

/** Node.js, the operating system, and whether it lets processes outlive a login. */
export function machine(): readonly Finding[] {
  return [
    ok("Node.js", `${process.version}, ${process.execPath}`),
    system(),
    ...(process.platform === "linux" ? [sessions()] : []),
  ];
}

function system(): Finding {
  const name = `${process.platform} ${process.arch}`;
  if (process.platform !== "linux") {
    return warning("system", name, "only Linux is tested: without /proc, orphaned commands are harder to find again");
  }
  if (existsSync("/proc/self/environ")) return ok("system", name);
  return warning("system", `${name}, without /proc`, "mount /proc: orphaned commands are found by it");
}

/** systemd-logind can be told to kill everything that a user started when the last session ends (logind.conf(5)). */
function sessions(): Finding {
  const files = ["/etc/systemd/logind.conf", "/usr/lib/systemd/logind.conf"];
  const setting = files.map(textOf).find((text) => /^\s*KillUserProcesses\s*=/m.test(text)) ?? "";
  const kills = /^\s*KillUserProcesses\s*=\s*(?:yes|true|on|1)\s*$/im.test(setting);
  if (!kills) return ok("logout", "processes may outlive a login");
  if (existsSync(`/var/lib/systemd/linger/${userInfo().username}`)) {
    return ok("logout", "KillUserProcesses=yes, but lingering is on for you");
  }
  return warning(
    "logout",
    "KillUserProcesses=yes: runs end with your last session",
    "loginctl enable-linger, or start runs with: systemd-run --user --scope runsheet run ...",
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
