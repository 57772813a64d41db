import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../http/server.ts";

/** A nodeos HTTP API whose head the test decides, over real HTTP and real files. */
export type SteeredNode = AsyncDisposable & {
  readonly url: string;
  /** Heads that get_info reports one after the other; the last one stays. */
  heads: number[];
  /** What becomes of the next create_snapshot calls, one each; then they work. */
  readonly faults: ("answer-lost" | "exists" | "no-directory" | "not-finalized" | "not-made")[];
  /** Does it know get_block_info? */
  knowsBlocks: boolean;
  readonly snapshotCalls: number;
  silent: boolean;
};

const id = (height: number): string => height.toString(16).padStart(8, "0") + "ab".repeat(28);
const blockTime = (height: number): string => new Date(Date.UTC(2019, 7, 11) + height * 500).toISOString().slice(0, -1);

export async function steeredNode(snapshotsDir: string, heads: number[]): Promise<SteeredNode> {
  mkdirSync(snapshotsDir, { recursive: true });
  let snapshotCalls = 0;
  const server = await startServer((request, response) => {
    if (node.silent) return void response.socket?.destroy();
    const reply = (status: number, body: unknown): void => void response.writeHead(status).end(JSON.stringify(body));
    const head = node.heads.length > 1 && request.url === "/v1/chain/get_info" ? node.heads.shift()! : node.heads[0]!;
    if (request.url === "/v1/chain/get_info") {
      shown = head;
      return reply(200, { head_block_num: head, head_block_id: id(head) });
    }
    if (request.url === "/v1/chain/get_block_info") {
      if (!node.knowsBlocks) return reply(404, { code: 404, message: "Not Found" });
      return reply(200, { timestamp: blockTime(Number(JSON.parse(request.body).block_num)) });
    }
    if (request.url !== "/v1/producer/create_snapshot") return reply(404, {});
    snapshotCalls += 1;
    const fault = node.faults.shift();
    const file = join(snapshotsDir, `snapshot-${id(shown)}.bin`);
    if (fault === "no-directory") return reply(500, refusal("snapshot_directory_not_found_exception"));
    if (fault === "not-finalized") return reply(500, refusal("snapshot_finalization_exception"));
    if (fault === "not-made") return void response.socket?.destroy();
    if (existsSync(file)) return reply(500, refusal("snapshot_exists_exception"));
    writeFileSync(file, snapshotContent(shown));
    if (fault === "exists") return reply(500, refusal("snapshot_exists_exception"));
    if (fault === "answer-lost") return void response.socket?.destroy();
    reply(201, {
      head_block_id: id(shown),
      head_block_num: shown,
      head_block_time: blockTime(shown),
      version: 6,
      snapshot_name: join("/data/nodeos/snapshots", `snapshot-${id(shown)}.bin`),
    });
  });
  let shown = heads[0] ?? 0;
  const node: SteeredNode = {
    url: server.url,
    heads,
    faults: [],
    knowsBlocks: true,
    silent: false,
    get snapshotCalls() {
      return snapshotCalls;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return node;
}

/** Magic, file version, and the first section as nodeos writes it, with format number 6; then bytes of its own. */
export function snapshotContent(height: number): Buffer {
  const name = Buffer.from("eosio::chain::chain_snapshot_header\0");
  const start = Buffer.alloc(24);
  start.writeUInt32LE(0x30510550, 0);
  start.writeUInt32LE(1, 4);
  start.writeBigUInt64LE(BigInt(name.length + 12), 8);
  start.writeBigUInt64LE(1n, 16);
  const row = Buffer.alloc(4);
  row.writeUInt32LE(6, 0);
  return Buffer.concat([start, name, row, Buffer.from(`state at ${height};`.repeat(1000))]);
}

/** The name under which a snapshot of this height ends up in the store. */
export function finalName(height: number): string {
  const [date, time] = blockTime(height).split("T") as [string, string];
  return `snapshot-${date}-${time.slice(0, 2)}-eos-v6-${String(height).padStart(10, "0")}.bin.zst`;
}

function refusal(name: string) {
  return {
    code: 500,
    message: "Internal Service Error",
    error: { code: 1, name, what: name, details: [{ message: "why" }] },
  };
}
