import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

/** What the stand-in for `nodeos` was told, by flags and by `config.ini`; flags win. */
export type NodeosOptions = {
  readonly dataDir: string;
  readonly blocksDir: string;
  readonly snapshotsDir: string;
  readonly snapshot: string | undefined;
  readonly genesisJson: string | undefined;
  readonly terminateAtBlock: number | undefined;
  readonly http: { readonly host: string; readonly port: number };
  readonly stride: number | undefined;
  readonly maxRetainedFiles: number | undefined;
  readonly retainedDir: string | undefined;
  readonly archiveDir: string | undefined;
  readonly peers: readonly string[];
  readonly pauseOnStartup: boolean;
  readonly replay: boolean;
  readonly deleteAllBlocks: boolean;
  readonly hashOnStart: boolean;
  readonly hashOnStop: boolean;
};

export type OptionsOutcome =
  | { readonly kind: "run"; readonly options: NodeosOptions }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "refuse"; readonly text: string };

const flags = new Set([
  ...["version", "full-version", "help", "pause-on-startup", "replay-blockchain", "hard-replay-blockchain"],
  ...["delete-all-blocks", "force-all-checks", "disable-replay-opts", "integrity-hash-on-start"],
  ...["integrity-hash-on-stop", "enable-stale-production", "contracts-console", "verbose-http-errors"],
]);

const values = new Set([
  ...["data-dir", "config-dir", "config", "logconf", "snapshot", "genesis-json", "genesis-timestamp"],
  ...["terminate-at-block", "snapshots-dir", "blocks-dir", "state-dir", "protocol-features-dir"],
  ...["blocks-log-stride", "max-retained-block-files", "blocks-retained-dir", "blocks-archive-dir"],
  ...["http-server-address", "p2p-listen-endpoint", "p2p-peer-address", "p2p-max-nodes-per-host", "plugin"],
  ...["producer-name", "signature-provider", "read-mode", "validation-mode", "wasm-runtime", "agent-name"],
  ...["abi-serializer-max-time-ms", "chain-state-db-size-mb", "chain-state-db-guard-size-mb", "chain-threads"],
  ...["net-threads", "http-threads", "max-clients", "max-transaction-time", "sync-fetch-span"],
  ...["allowed-connection", "access-control-allow-origin", "access-control-allow-credentials"],
  ...["http-validate-host", "http-max-response-time-ms", "state-history-endpoint", "state-history-dir"],
  ...["resource-monitor-not-shutdown-on-threshold-exceeded", "resource-monitor-space-threshold"],
  ...["read-only-read-window-time-us", "read-only-write-window-time-us", "eos-vm-oc-enable", "trace-dir"],
  ...["chain-state-history", "trace-history", "database-map-mode", "transaction-retry-max-storage-size-gb"],
]);

const short: { readonly [flag: string]: string } = {
  d: "data-dir",
  c: "config",
  h: "help",
  v: "version",
  p: "producer-name",
  e: "enable-stale-production",
  l: "logconf",
};

/** Reads flags and the configuration file as nodeos does: unknown names are refused, as the real program refuses them. */
export function readOptions(argv: readonly string[], version: string): OptionsOutcome {
  const given = new Map<string, string[]>();
  for (let at = 0; at < argv.length; at++) {
    const match = /^(?:--([\w-]+)|-(\w))(?:=(.*))?$/s.exec(argv[at]!);
    const name = match?.[1] ?? (match?.[2] === undefined ? undefined : short[match[2]]);
    if (name === undefined || !(flags.has(name) || values.has(name)))
      return refuse(`unrecognised option '${argv[at]}'`);
    const value = match?.[3] ?? (flags.has(name) ? "true" : argv[++at]);
    if (value === undefined) return refuse(`the required argument for option '--${name}' is missing`);
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  if (given.has("version")) return { kind: "print", text: version };
  if (given.has("full-version")) return { kind: "print", text: `${version}-lab` };
  if (given.has("help")) return { kind: "print", text: help() };
  const dataDir = resolve(
    given.get("data-dir")?.[0] ?? join(process.env.HOME ?? ".", ".local/share/eosio/nodeos/data"),
  );
  const configDir = resolve(given.get("config-dir")?.[0] ?? join(dataDir, "..", "config"));
  const configName = given.get("config")?.[0] ?? "config.ini";
  const configFile = isAbsolute(configName) ? configName : join(configDir, configName);
  const problem = readConfigFile(configFile, given.has("config"), given);
  return problem ? refuse(problem) : { kind: "run", options: toOptions(given, dataDir) };
}

/** Adds what the file says to what the command line left open. Returns what is wrong with it, if anything. */
function readConfigFile(file: string, required: boolean, given: Map<string, string[]>): string | undefined {
  if (!existsSync(file)) return required ? `Config file ${file} missing.` : undefined;
  const fromFile = new Map<string, string[]>();
  for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
    const text = line.replace(/#.*/, "").trim();
    if (text === "") continue;
    const match = /^([\w-]+)\s*=\s*(.*)$/.exec(text);
    const name = match?.[1];
    if (!name || !(flags.has(name) || values.has(name))) {
      return `Unknown option '${name ?? text}' inside the config file ${file} (line ${index + 1})`;
    }
    fromFile.set(name, [...(fromFile.get(name) ?? []), match[2]!.replace(/^"(.*)"$/, "$1")]);
  }
  for (const [name, found] of fromFile) if (!given.has(name)) given.set(name, found);
  return undefined;
}

function toOptions(given: Map<string, string[]>, dataDir: string): NodeosOptions {
  const one = (name: string) => given.get(name)?.at(-1);
  const numeric = (name: string) => (one(name) === undefined ? undefined : Number(one(name)));
  const on = (name: string) => one(name) !== undefined && one(name) !== "false" && one(name) !== "0";
  const within = (base: string, path: string) => (isAbsolute(path) ? path : join(base, path));
  const [host = "127.0.0.1", port = "8888"] = (one("http-server-address") ?? "127.0.0.1:8888").split(":");
  return {
    dataDir,
    blocksDir: within(dataDir, one("blocks-dir") ?? "blocks"),
    snapshotsDir: within(dataDir, one("snapshots-dir") ?? "snapshots"),
    snapshot: one("snapshot"),
    genesisJson: one("genesis-json"),
    terminateAtBlock: numeric("terminate-at-block") || undefined,
    http: { host, port: Number(port) },
    stride: numeric("blocks-log-stride"),
    maxRetainedFiles: numeric("max-retained-block-files"),
    retainedDir: one("blocks-retained-dir"),
    archiveDir: one("blocks-archive-dir"),
    peers: given.get("p2p-peer-address") ?? ["peer1.example.org:9876"],
    pauseOnStartup: on("pause-on-startup"),
    replay: on("replay-blockchain") || on("hard-replay-blockchain"),
    deleteAllBlocks: on("delete-all-blocks"),
    hashOnStart: on("integrity-hash-on-start"),
    hashOnStop: on("integrity-hash-on-stop"),
  };
}

function refuse(text: string): OptionsOutcome {
  return { kind: "refuse", text };
}

function help(): string {
  const lines = [...flags, ...[...values].map((name) => `${name} arg`)].sort().map((name) => `  --${name}`);
  return ["nodeos: a stand-in for practice; it syncs a made-up chain. Understood options:", ...lines].join("\n");
}
