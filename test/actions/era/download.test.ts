import { fork, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeEra } from "../../../src/actions/era/decode/index.ts";
import { type DownloadOptions, downloadEra } from "../../../src/actions/era/download/download-era.ts";
import { Gate } from "../../../src/actions/era/download/gate.ts";
import { toFailure } from "../../../src/actions/era/failed.ts";
import { openSource } from "../../../src/actions/era/source/open-source.ts";
import type { EraFile, EraSource } from "../../../src/actions/era/source/source.ts";
import { findNetwork } from "../../../src/lib/beacon/networks.ts";
import { temporaryDirectory } from "../context.ts";
import { makeEras } from "./rig/devnet.ts";
import { type FileServer, startFileServer } from "./rig/file-server.ts";

const NAME = "mainnet-00042-0a1b2c3d.era";
const RETRIES = { attempts: 3, baseMs: 1, maxMs: 5 };

let server: FileServer;
let content: Buffer;
let home: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  server = await startFileServer();
  content = randomBytes(300_000);
  server.files.set(NAME, content);
  server.pages.set("/", NAME);
  home = await temporaryDirectory();
});

afterEach(async () => {
  await server.close();
  await home[Symbol.asyncDispose]();
});

describe("a download", () => {
  it("fetches parts side by side and names the file only when it is whole", async () => {
    const fetched = await download();
    expect(fetched).toMatchObject({ path: target(), sizeBytes: 300_000, fetchedBytes: 300_000, owner: "download" });
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(readdirSync(home.path)).toEqual([NAME]);
    expect(parts()).toHaveLength(5);
  });

  it("goes on from the parts that are there", async () => {
    server.misbehave = ({ range }) => (range?.startsWith("bytes=196608") ? { kind: "status", status: 503 } : undefined);
    await expect(download({ gate: new Gate(1) })).rejects.toMatchObject({ failure: { code: "era-source-busy" } });
    expect(existsSync(target())).toBe(false);
    server.misbehave = () => undefined;
    const before = parts().length;
    const fetched = await download();
    expect(fetched.fetchedBytes).toBeLessThan(300_000);
    expect(parts().length - before).toBeLessThan(5);
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it("goes on after kill -9 from the parts that are there", async () => {
    const script = new URL("./rig/download-process.ts", import.meta.url).pathname;
    server.misbehave = ({ range, n }) =>
      range?.startsWith("bytes=262144") && n < 1000 ? { kind: "status", status: 503 } : undefined;
    const child = fork(script, [server.url, home.path], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    await once(child, "message"); // four of five parts are synced
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(target())).toBe(false);
    server.misbehave = () => undefined;
    expect((await download()).fetchedBytes).toBeLessThanOrEqual(300_000 - 4 * 65_536);
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(readdirSync(home.path)).toEqual([NAME]);
  });

  it("begins anew when the remote file is another one by now", async () => {
    server.misbehave = ({ range }) => (range?.startsWith("bytes=262144") ? { kind: "status", status: 503 } : undefined);
    await expect(download({ gate: new Gate(1) })).rejects.toBeDefined();
    server.misbehave = () => undefined;
    content = randomBytes(300_000);
    server.files.set(NAME, content);
    expect((await download()).fetchedBytes).toBe(300_000);
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it("notices a file that is replaced while it is fetched", async () => {
    const other = randomBytes(300_000);
    server.misbehave = ({ range }) => {
      if (range?.startsWith("bytes=131072")) server.files.set(NAME, other);
      return undefined;
    };
    await expect(download({ gate: new Gate(1) })).rejects.toMatchObject({ failure: { code: "era-file-replaced" } });
    expect(existsSync(target())).toBe(false);
  });

  it.each([
    ["a connection that breaks", { kind: "reset", afterBytes: 1000 }],
    ["a body that ends early", { kind: "short", bytes: 1000 }],
    ["an overloaded server", { kind: "status", status: 503 }],
    ["a server that limits requests", { kind: "status", status: 429, headers: { "retry-after": "0" } }],
  ] as const)("survives %s, as often as ERA_MAX_RETRIES says", async (_name, deed) => {
    server.misbehave = ({ method, n }) => (method === "GET" && n <= 2 ? deed : undefined);
    await download();
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it.each([
    ["always breaks", { kind: "reset", afterBytes: 1000 }],
    ["is always too short", { kind: "short", bytes: 1000 }],
  ] as const)("of a file that %s is a failure without a file of that name", async (_name, deed) => {
    server.misbehave = ({ method }) => (method === "GET" ? deed : undefined);
    await expect(download()).rejects.toMatchObject({ failure: { code: "era-source-unreachable" } });
    expect(existsSync(target())).toBe(false);
  });

  it("refuses more bytes than were announced", async () => {
    server.ranges = false;
    server.misbehave = ({ method }) => (method === "GET" ? { kind: "long", extra: 10 } : undefined);
    await expect(download()).rejects.toMatchObject({
      failure: { code: expect.stringMatching(/era-file-replaced|era-download-length/) },
    });
    expect(existsSync(target())).toBe(false);
  });

  it("takes the whole file from a server that sends no parts", async () => {
    server.ranges = false;
    const lines: string[] = [];
    await download({ log: (line) => lines.push(line) });
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(lines.join()).toContain("sends no parts");
  });

  it("works without ETags, but then goes on from nothing", async () => {
    server.etags = false;
    await download();
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it("does not fetch again what is there, and fetches again what has another size", async () => {
    await download();
    expect(await download()).toMatchObject({ fetchedBytes: 0 });
    // a killed download of another tool leaves a part of the file under its final name
    writeFileSync(target(), content.subarray(0, 1000));
    expect(await download()).toMatchObject({ fetchedBytes: 300_000 });
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it("is made once when two ask for the same file", async () => {
    const [one, two] = await Promise.all([download(), download()]);
    expect(one.fetchedBytes + two.fetchedBytes).toBe(300_000);
  });

  it("keeps to the number of requests at once", async () => {
    let busy = 0;
    let most = 0;
    const source = sourceHere();
    const counting: EraSource = {
      ...source,
      open: async (file, request) => {
        busy++;
        most = Math.max(most, busy);
        const opened = await source.open!(file, request);
        return { ...opened, body: countDown(opened.body) };
      },
    };
    async function* countDown(body: AsyncIterable<Uint8Array>) {
      yield* body;
      busy--;
    }
    await downloadEra(counting, await listed(), { ...options(), gate: new Gate(2), partBytes: 10_000 });
    expect(most).toBe(2);
  });

  it("onto a full disk is a failure that says so", async () => {
    const wrapped: EraSource = {
      ...sourceHere(),
      open: async () => {
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), {
          code: "ENOSPC",
          syscall: "write",
          path: target(),
        });
      },
    };
    const error = await downloadEra(wrapped, await listed(), options()).catch((failed) => failed);
    expect(toFailure(error)).toMatchObject({ code: "disk-full", hint: expect.any(String) });
  });

  it("onto a disk that really fills up is a failure, and goes on when there is room", async (context) => {
    const small = join(home.path, "small");
    mkdirSync(small);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", small]);
    if (mounted.status !== 0) context.skip("needs the right to mount a small file system");
    try {
      // a server that does not say the length cannot be asked for space before
      const blind: EraSource = {
        ...sourceHere(),
        head: async () => ({ sizeBytes: undefined, etag: undefined }),
        open: async (file, request) => ({ ...(await sourceHere().open!(file, request)), totalBytes: undefined }),
      };
      const file = { ...(await listed()), sizeBytes: undefined, etag: undefined };
      const error = await downloadEra(blind, file, { ...options(), directory: small }).catch((failed) => failed);
      expect(toFailure(error)).toMatchObject({ code: "disk-full", message: expect.stringContaining("no space") });
      expect(existsSync(join(small, NAME))).toBe(false);
      spawnSync("mount", ["-o", "remount,size=2m", small]);
      await downloadEra(blind, file, { ...options(), directory: small });
      expect(readFileSync(join(small, NAME)).equals(content)).toBe(true);
    } finally {
      spawnSync("umount", [small]);
    }
  });

  it("asks for space before it begins", async () => {
    const file = { ...(await listed()), sizeBytes: 2 ** 50, etag: '"x"' };
    await expect(downloadEra(sourceHere(), file, options())).rejects.toMatchObject({
      failure: { code: "disk-full", message: expect.stringContaining("free") },
    });
  });

  it("stops when it is told to, and goes on later", async () => {
    const stop = new AbortController();
    server.misbehave = ({ range }) => {
      if (range?.startsWith("bytes=131072")) stop.abort(new Error("SIGTERM"));
      return undefined;
    };
    await expect(download({ signal: stop.signal, gate: new Gate(1) })).rejects.toBeDefined();
    server.misbehave = () => undefined;
    expect((await download()).fetchedBytes).toBeLessThan(300_000);
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it("without the state fetches the blocks and the indices, and not the state", async () => {
    const [era] = makeEras(join(home.path, "made"), 1540, 1540, { network: findNetwork("mainnet")!, slots: 64 });
    const whole = readFileSync(era!.path);
    server.files.set(era!.fileName, whole);
    server.pages.set("/", era!.fileName);
    const listing = await sourceHere().list({ network: "mainnet", range: { from: 1540, to: 1540 } });
    const fetched = await downloadEra(sourceHere(), listing.files[0]!, { ...options(), skipState: true });
    expect(fetched).toMatchObject({ stateSkipped: true });
    expect(fetched.path).toMatch(/mainnet-01540-[0-9a-f]{8}\.blocks\.era$/);
    expect(fetched.sizeBytes).toBeLessThan(0.8 * whole.length);
    const decoded = { network: findNetwork("mainnet")!, fileName: era!.fileName, state: "optional" as const };
    const summary = await decodeEra(fetched.path, decoded, async () => {});
    expect(summary.rows).toMatchObject(era!.rows);
  });
});

function sourceHere(): EraSource {
  return openSource(server.url, "/", {}, RETRIES);
}

async function listed(): Promise<EraFile> {
  return (await sourceHere().list({ network: "mainnet", range: { from: 42, to: 42 } })).files[0]!;
}

function options(): DownloadOptions {
  return { directory: home.path, skipState: false, retries: RETRIES, gate: new Gate(4), partBytes: 65_536 };
}

async function download(more: Partial<DownloadOptions> = {}) {
  return downloadEra(sourceHere(), await listed(), { ...options(), ...more });
}

function target(): string {
  return join(home.path, NAME);
}

function parts() {
  return server.requests.filter(({ method, range }) => method === "GET" && range !== undefined);
}
