import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { isSameProcess, processStart } from "../process-identity.ts";

/** A process, so that another one on the same machine can tell whether it still lives. */
export type Owner = z.infer<typeof ownerSchema>;

const ownerSchema = z.object({
  host: z.string(),
  /** Changes with every start of the machine. Empty where the system does not say. */
  boot: z.string(),
  /** Process ids mean something only inside one namespace. */
  namespace: z.string(),
  pid: z.int(),
  /** Start of the process in clock ticks since boot, because pids are used again. */
  started: z.string(),
  /** Tells loaders of one process apart. */
  instance: z.string(),
});

export function makeOwner(): Owner {
  return {
    ...machine(),
    pid: process.pid,
    started: processStart(process.pid) ?? "",
    instance: randomUUID().slice(0, 8),
  };
}

export function ownerText(owner: Owner): string {
  return JSON.stringify(owner);
}

/** `host, process 4711` */
export function ownerForPeople(text: string): string {
  const owner = parseOwner(text);
  return owner === undefined ? "another loader" : `process ${owner.pid} on ${owner.host}`;
}

/** True only when this machine can prove that the owner has ended; on other machines only time can tell. */
export function isProvablyDead(text: string): boolean {
  const owner = parseOwner(text);
  if (owner === undefined) return false;
  const here = machine();
  if (owner.host !== here.host || owner.namespace !== here.namespace) return false;
  if (owner.boot !== here.boot) return owner.boot !== "" && here.boot !== "";
  return !isSameProcess(owner.pid, owner.started);
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function machine(): Pick<Owner, "host" | "boot" | "namespace"> {
  return {
    host: hostname(),
    boot: tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: tryRead(() => readlinkSync("/proc/self/ns/pid")),
  };
}

function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
