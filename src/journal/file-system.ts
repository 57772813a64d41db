import { statfsSync } from "node:fs";

/** Whether a directory's file system can hold a journal, by the `f_type` of statfs(2) (linux/magic.h). */
export type FileSystem =
  | { readonly kind: "local" }
  /** Gone after a restart: works, with a warning. */
  | { readonly kind: "volatile"; readonly name: string }
  /** Locks and shared memory of SQLite are not reliable there. */
  | { readonly kind: "network"; readonly name: string };

export type FileSystemFacts = { readonly fileSystem: FileSystem; readonly freeBytes: number };

/** Throws what statfs(2) throws (`ENOENT`, `EACCES`). Opens nothing. */
export function fileSystemFacts(directory: string): FileSystemFacts {
  const facts = statfsSync(directory);
  return { fileSystem: fileSystemOfType(facts.type), freeBytes: facts.bavail * facts.bsize };
}

export function fileSystemOfType(type: number): FileSystem {
  // Some platforms report the 32-bit magic as a negative number.
  const magic = type >>> 0;
  const network = networkTypes.get(magic);
  if (network) return { kind: "network", name: network };
  const volatile = volatileTypes.get(magic);
  if (volatile) return { kind: "volatile", name: volatile };
  return { kind: "local" };
}

const volatileTypes: ReadonlyMap<number, string> = new Map([
  [0x01021994, "tmpfs"],
  [0x858458f6, "ramfs"],
]);

const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "CIFS"],
  [0x517b, "SMB"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x786f4256, "VirtualBox shared folder"],
]);
