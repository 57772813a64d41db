/*
 * A disk that can lose power. It is fed with the system calls of a program (strace -y -xx) and knows what had to be on it
 * at each moment and what could be missing: data that was not synced since it was written, in units of a sector, and
 * names whose directory was not synced since they changed.
 */

const sectorBytes = 512;

type Change =
  | { readonly kind: "write"; readonly offset: number; readonly data: Buffer }
  | { readonly kind: "size"; readonly bytes: number };

type Inode = { synced: Buffer; changes: Change[] };

type NameChange =
  | { readonly kind: "link"; readonly path: string; readonly inode: Inode | "directory" }
  | { readonly kind: "unlink"; readonly path: string };

/** What survives of what was not synced. */
export type Survival = {
  /** How many of the pending name changes, in order. */
  names(pending: number): number;
  sector(): boolean;
};

export const nothingMore: Survival = { names: () => 0, sector: () => false };
export const everything: Survival = { names: (pending) => pending, sector: () => true };

export function torn(random: () => number): Survival {
  return { names: (pending) => Math.floor(random() * (pending + 1)), sector: () => random() < 0.5 };
}

export class DiskModel {
  readonly #root: string;
  /** As the running program sees it. */
  readonly #names = new Map<string, Inode | "directory">();
  readonly #durableNames: Map<string, Inode | "directory">;
  #pendingNames: NameChange[] = [];
  readonly #descriptors = new Map<
    number,
    { inode: Inode | "directory"; path: string; offset: number; append: boolean }
  >();

  constructor(root: string, files: ReadonlyMap<string, Buffer | "directory">) {
    this.#root = root;
    for (const [path, content] of files) {
      this.#names.set(path, content === "directory" ? content : { synced: content, changes: [] });
    }
    this.#durableNames = new Map(this.#names);
  }

  /** Applies one line of a trace; returns what the program wrote to its standard output with it, if it did. */
  apply(line: string): string | undefined {
    const call = parseCall(line);
    if (!call) return undefined;
    const { name, args, result } = call;
    if (result < 0) return undefined;
    switch (name) {
      case "openat":
        this.#open(args, result);
        return undefined;
      case "close":
        this.#descriptors.delete(descriptorOf(args));
        return undefined;
      case "write": {
        const fd = descriptorOf(args);
        const data = stringsOf(args)[0] ?? Buffer.alloc(0);
        if (fd === 1) return data.toString("utf8");
        const open = this.#descriptors.get(fd);
        if (!open || open.inode === "directory") return undefined;
        const offset = open.append ? contentOf(open.inode).length : open.offset;
        this.#change(open.inode, { kind: "write", offset, data: data.subarray(0, result) });
        open.offset = offset + result;
        return undefined;
      }
      case "pwrite64": {
        const offset = Number(/, (\d+)$/.exec(args)?.[1]);
        const open = this.#descriptors.get(descriptorOf(args));
        if (!open || open.inode === "directory") return undefined;
        this.#change(open.inode, { kind: "write", offset, data: (stringsOf(args)[0] as Buffer).subarray(0, result) });
        return undefined;
      }
      case "ftruncate": {
        const open = this.#descriptors.get(descriptorOf(args));
        if (open && open.inode !== "directory") {
          this.#change(open.inode, { kind: "size", bytes: Number(/, (\d+)$/.exec(args)?.[1]) });
        }
        return undefined;
      }
      case "fsync":
      case "fdatasync":
        this.#sync(descriptorOf(args));
        return undefined;
      case "unlink":
      case "rmdir":
        this.#rename({ kind: "unlink", path: pathOf(args, 0) });
        return undefined;
      case "mkdir":
        this.#rename({ kind: "link", path: pathOf(args, 0), inode: "directory" });
        return undefined;
      case "rename": {
        const [from, to] = [pathOf(args, 0), pathOf(args, 1)];
        const inode = this.#names.get(from);
        if (inode) this.#rename({ kind: "link", path: to, inode });
        this.#rename({ kind: "unlink", path: from });
        return undefined;
      }
      default:
        return undefined;
    }
  }

  /** The files that are there after the power came back. */
  image(survival: Survival): Map<string, Buffer | "directory"> {
    const names = new Map(this.#durableNames);
    for (const change of this.#pendingNames.slice(0, survival.names(this.#pendingNames.length))) rename(names, change);
    const image = new Map<string, Buffer | "directory">();
    for (const [path, inode] of names) {
      image.set(path, inode === "directory" ? inode : survivorOf(inode, survival));
    }
    return image;
  }

  #open(args: string, descriptor: number): void {
    const path = pathOf(args, 0);
    if (path !== this.#root && !path.startsWith(`${this.#root}/`)) return;
    let inode = path === this.#root ? ("directory" as const) : this.#names.get(path);
    if (!inode) {
      if (!args.includes("O_CREAT")) return;
      inode = { synced: Buffer.alloc(0), changes: [] };
      this.#rename({ kind: "link", path, inode });
    }
    if (inode !== "directory" && args.includes("O_TRUNC")) this.#change(inode, { kind: "size", bytes: 0 });
    this.#descriptors.set(descriptor, { inode, path, offset: 0, append: args.includes("O_APPEND") });
  }

  #change(inode: Inode, change: Change): void {
    inode.changes.push(change);
  }

  #rename(change: NameChange): void {
    if (!change.path.startsWith(`${this.#root}/`)) return;
    rename(this.#names, change);
    this.#pendingNames.push(change);
  }

  #sync(descriptor: number): void {
    const open = this.#descriptors.get(descriptor);
    if (!open) return;
    if (open.inode !== "directory") {
      open.inode.synced = contentOf(open.inode);
      open.inode.changes = [];
      return;
    }
    const inside = (path: string) => path.slice(0, path.lastIndexOf("/")) === open.path;
    for (const change of this.#pendingNames) if (inside(change.path)) rename(this.#durableNames, change);
    this.#pendingNames = this.#pendingNames.filter((change) => !inside(change.path));
  }
}

function rename(names: Map<string, Inode | "directory">, change: NameChange): void {
  if (change.kind === "link") names.set(change.path, change.inode);
  else names.delete(change.path);
}

function contentOf(inode: Inode): Buffer {
  return inode.changes.reduce((content, change) => changed(content, change, () => true), inode.synced);
}

function survivorOf(inode: Inode, survival: Survival): Buffer {
  return inode.changes.reduce((content, change) => changed(content, change, () => survival.sector()), inode.synced);
}

/** A size may grow without its data: the hole reads as zeros. */
function changed(content: Buffer, change: Change, survives: () => boolean): Buffer {
  if (change.kind === "size") {
    if (!survives()) return content;
    const sized = Buffer.alloc(change.bytes);
    content.copy(sized);
    return sized;
  }
  let result = content;
  const { offset, data } = change;
  for (let at = 0; at < data.length; ) {
    const sectorEnd = (Math.floor((offset + at) / sectorBytes) + 1) * sectorBytes;
    const until = Math.min(data.length, sectorEnd - offset);
    if (survives()) {
      const grown = Buffer.alloc(Math.max(result.length, offset + until));
      result.copy(grown);
      data.copy(grown, offset + at, at, until);
      result = grown;
    }
    at = until;
  }
  return result;
}

function parseCall(line: string): { name: string; args: string; result: number } | undefined {
  const match = /^([a-z0-9_]+)\((.*)\)\s+= (-?\d+)/s.exec(line);
  return match ? { name: match[1] as string, args: match[2] as string, result: Number(match[3]) } : undefined;
}

function descriptorOf(args: string): number {
  return Number(/^(\d+)/.exec(args)?.[1]);
}

function stringsOf(args: string): Buffer[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map((match) =>
    Buffer.from((match[1] as string).replaceAll("\\x", ""), "hex"),
  );
}

function pathOf(args: string, index: number): string {
  return (stringsOf(args)[index] as Buffer).toString("utf8");
}
