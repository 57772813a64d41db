import { mkdirSync } from "node:fs";
import { resolve } from "node:path";

/**
 * ClickHouse inside this process, on a data directory.
 *
 * C1 One process opens one directory at a time (a limit of libchdb), and one directory is open in one process (its lock).
 * C2 Every statement runs on a connection of its own, so that settings and parameters of one never reach another.
 * C3 A connection is closed only after its statement has ended: libchdb aborts the process otherwise.
 */
export type ChdbEngine = {
  readonly directory: string;
  /** Runs one statement off the event loop. @throws ChdbError */
  run(sql: string, options?: ChdbRunOptions): Promise<ChdbResult>;
  /** The last close of a directory waits for running statements and frees its lock. */
  close(): Promise<void>;
};

export type ChdbResult = {
  /** In the format that was asked for. */
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
};

export type ChdbRunOptions = {
  /** The database of names without one. */
  readonly database?: string;
  /** Bound to `{name:Type}` in the statement; written and escaped as ClickHouse writes the type in TSV. */
  readonly params?: { readonly [name: string]: string };
  readonly settings?: { readonly [name: string]: string | number };
  /** Default JSONEachRow. */
  readonly format?: string;
};

/** `chdb-missing`, `chdb-in-use`, `chdb-other-directory` are about opening; `query` is what ClickHouse said. */
export class ChdbError extends Error {
  override readonly name = "ChdbError";
  readonly kind: "chdb-missing" | "chdb-in-use" | "chdb-other-directory" | "chdb-open" | "query";
  /** ClickHouse's error code, e.g. 60 for an unknown table. */
  readonly code: number | undefined;

  constructor(kind: ChdbError["kind"], message: string, more: { code?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.code = more.code;
  }
}

type Chdb = typeof import("chdb");
type Session = InstanceType<Chdb["Session"]>;
type Shared = { readonly directory: string; readonly base: Session; users: number; running: Set<Promise<unknown>> };

let shared: Shared | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** Opens `directory` (made when absent), or joins what this process has open already. */
export function openChdb(directory: string, connectionArgs: readonly string[] = []): Promise<ChdbEngine> {
  return inTurn(async () => {
    const chdb = await loadChdb();
    const path = resolve(directory);
    if (shared !== undefined && shared.directory !== path) {
      throw new ChdbError(
        "chdb-other-directory",
        `this process has ${shared.directory} open, and can open one at a time`,
      );
    }
    shared ??= { directory: path, base: openSession(chdb, path, connectionArgs), users: 0, running: new Set() };
    shared.users++;
    return engine(chdb, shared);
  });
}

/** Whether the optional package is installed; costs nothing but a look. */
export function chdbIsInstalled(): boolean {
  try {
    import.meta.resolve("chdb");
    return true;
  } catch {
    return false;
  }
}

function engine(chdb: Chdb, mine: Shared): ChdbEngine {
  let open = true;
  return {
    directory: mine.directory,
    run(sql, options = {}) {
      if (!open) throw new Error("a closed chdb engine was asked to run a statement");
      const running = runOn(chdb, mine.directory, sql, options);
      const settled = running.then(
        () => {},
        () => {},
      );
      mine.running.add(settled);
      settled.then(() => mine.running.delete(settled));
      return running;
    },
    close() {
      return inTurn(async () => {
        if (!open) return;
        open = false;
        if (--mine.users > 0) return;
        await Promise.all(mine.running);
        mine.base.close();
        await chdb.drainPending();
        shared = undefined;
      });
    },
  };
}

async function runOn(chdb: Chdb, path: string, sql: string, options: ChdbRunOptions): Promise<ChdbResult> {
  const session = new chdb.Session(path);
  try {
    if (options.database !== undefined) session.query(`USE \`${options.database.replaceAll("`", "\\`")}\``);
    const changes = [
      ...Object.entries(options.settings ?? {}).map(([name, value]) => `${name} = ${quote(String(value))}`),
      ...Object.entries(options.params ?? {}).map(([name, value]) => `param_${name} = ${quote(value)}`),
    ];
    if (changes.length > 0) session.query(`SET ${changes.join(", ")}`);
    const result = await session.queryAsync(sql, { format: options.format ?? "JSONEachRow" });
    return { bytes: result.bytes(), rowsRead: result.rowsRead, bytesRead: result.bytesRead };
  } catch (error) {
    throw asQueryError(error);
  } finally {
    session.close();
  }
}

function openSession(chdb: Chdb, path: string, connectionArgs: readonly string[]): Session {
  mkdirSync(path, { recursive: true });
  try {
    return new chdb.Session(path, { connectionArgs });
  } catch (error) {
    const text = `${(error as Error).message} ${String((error as Error).cause ?? "")}`;
    // libchdb prints the lock's message on stderr and keeps it from us; a lock is the reason on a directory that was fine.
    if (/lock|Failed to create connection/i.test(text)) {
      throw new ChdbError("chdb-in-use", `${path} cannot be opened: another process has it open, or it is damaged`, {
        cause: error,
      });
    }
    throw new ChdbError("chdb-open", `${path}: ${(error as Error).message}`, { cause: error });
  }
}

async function loadChdb(): Promise<Chdb> {
  try {
    return await import("chdb");
  } catch (error) {
    throw new ChdbError("chdb-missing", "the package chdb is not installed", { cause: error });
  }
}

function asQueryError(error: unknown): unknown {
  const { name, message, clickhouseCode } = error as Error & { clickhouseCode?: number };
  if (name?.startsWith("Chdb") !== true) return error;
  const code = clickhouseCode ?? Number(/Code: (\d+)\./.exec(message)?.[1]);
  const text = message.replace(/^Query failed: /, "");
  return new ChdbError("query", text, { ...(Number.isNaN(code) ? {} : { code }), cause: error });
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => {});
  return mine;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
