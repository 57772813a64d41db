import { parse } from "yaml";
import { FORKS } from "./forks.ts";
import type { Network, ScheduledFork } from "./network.ts";
import { PRESETS, type PresetName } from "./presets.ts";

export type ConfiguredNetwork =
  | { readonly kind: "ok"; readonly network: Network }
  /** Every problem, each a sentence that names the key. */
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/**
 * A network from the text of its configuration, YAML or JSON with the keys of the consensus specifications' config.yaml:
 * CONFIG_NAME, PRESET_BASE, SECONDS_PER_SLOT or SLOT_DURATION_MS, <FORK>_FORK_EPOCH, <FORK>_FORK_VERSION, and
 * MIN_GENESIS_TIME + GENESIS_DELAY. Two keys of our own say what config.yaml cannot: GENESIS_TIME, for networks that did
 * not start as early as they could, and GENESIS_VALIDATORS_ROOT. Other keys are ignored.
 */
export function networkFromConfig(text: string): ConfiguredNetwork {
  const problems: string[] = [];
  let config: unknown;
  try {
    // All scalars stay text: a fork version such as 0x00000064 is no number, and epochs go up to 2^64 - 1.
    config = parse(text, { schema: "failsafe" });
  } catch (error) {
    return { kind: "invalid", problems: [`This is neither YAML nor JSON: ${(error as Error).message}`] };
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    return { kind: "invalid", problems: ["The configuration must be a map of keys and values."] };
  }
  const keys = new Keys(config as Record<string, unknown>, problems);
  const name = keys.matching("CONFIG_NAME", /^[a-z0-9][a-z0-9_-]*$/, "lower-case letters, digits and dashes");
  const base = keys.matching("PRESET_BASE", /^(mainnet|gnosis|minimal)$/, "mainnet, gnosis or minimal");
  const secondsPerSlot = slotSeconds(keys);
  const genesisTime = genesis(keys);
  const genesisValidatorsRoot = keys.has("GENESIS_VALIDATORS_ROOT")
    ? keys.matching("GENESIS_VALIDATORS_ROOT", /^0x[0-9a-fA-F]{64}$/, "0x and 64 hex digits")?.toLowerCase()
    : undefined;
  const forks = schedule(keys, problems);
  const unsupportedFrom = unsupported(keys);
  if (problems.length > 0) return { kind: "invalid", problems };
  const network: Network = {
    name: name!,
    preset: PRESETS[base as PresetName],
    genesisTime: genesisTime!,
    genesisValidatorsRoot,
    secondsPerSlot: secondsPerSlot!,
    forks,
    unsupportedFrom,
  };
  return { kind: "ok", network };
}

class Keys {
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #problems: string[];

  constructor(config: Readonly<Record<string, unknown>>, problems: string[]) {
    this.#config = config;
    this.#problems = problems;
  }

  get names(): readonly string[] {
    return Object.keys(this.#config);
  }

  has(key: string): boolean {
    return this.#config[key] !== undefined;
  }

  matching(key: string, pattern: RegExp, wanted: string): string | undefined {
    const value = this.#config[key];
    if (typeof value === "string" && pattern.test(value)) return value;
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
    this.#problems.push(`${key} ${found}; it must be ${wanted}.`);
    return undefined;
  }

  integer(key: string): number | undefined {
    const text = this.matching(key, /^\d{1,15}$/, "a whole number");
    return text === undefined ? undefined : Number(text);
  }

  /** Undefined also when the fork is not scheduled (2^64 - 1). */
  epoch(key: string): number | undefined {
    const text = this.matching(key, /^(\d{1,20}|Infinity)$/, "an epoch");
    const epoch = Number(text);
    return Number.isSafeInteger(epoch) ? epoch : undefined;
  }
}

function slotSeconds(keys: Keys): number | undefined {
  if (keys.has("SECONDS_PER_SLOT") || !keys.has("SLOT_DURATION_MS")) return keys.integer("SECONDS_PER_SLOT");
  const milliseconds = keys.matching("SLOT_DURATION_MS", /^\d{1,9}000$/, "whole seconds, in milliseconds");
  return milliseconds === undefined ? undefined : Number(milliseconds) / 1000;
}

function genesis(keys: Keys): number | undefined {
  if (keys.has("GENESIS_TIME")) return keys.integer("GENESIS_TIME");
  const least = keys.integer("MIN_GENESIS_TIME");
  const delay = keys.integer("GENESIS_DELAY");
  return least === undefined || delay === undefined ? undefined : least + delay;
}

function schedule(keys: Keys, problems: string[]): ScheduledFork[] {
  const versionOf = (key: string) => keys.matching(key, /^0x[0-9a-fA-F]{8}$/, "0x and 8 hex digits")?.toLowerCase();
  const forks: ScheduledFork[] = [
    { fork: "phase0", epoch: 0, version: versionOf("GENESIS_FORK_VERSION") ?? "0x00000000" },
  ];
  let missing: string | undefined;
  for (const fork of FORKS.slice(1)) {
    const key = `${fork.toUpperCase()}_FORK_EPOCH`;
    const epoch = keys.has(key) ? keys.epoch(key) : undefined;
    if (epoch === undefined) {
      missing ??= key;
      continue;
    }
    if (missing !== undefined) problems.push(`${key} is ${epoch}, but ${missing}, an earlier fork, is not scheduled.`);
    if (epoch < forks.at(-1)!.epoch) problems.push(`${key} is ${epoch}, before the fork in front of it.`);
    forks.push({ fork, epoch, version: versionOf(`${fork.toUpperCase()}_FORK_VERSION`) ?? "0x00000000" });
  }
  return forks;
}

/** The first scheduled fork among those we do not know by name. */
function unsupported(keys: Keys): Network["unsupportedFrom"] {
  const known = new Set(FORKS.map((fork) => `${fork.toUpperCase()}_FORK_EPOCH`));
  const later = keys.names
    .filter((key) => key.endsWith("_FORK_EPOCH") && !known.has(key))
    .map((key) => ({ fork: key.slice(0, -"_FORK_EPOCH".length).toLowerCase(), epoch: keys.epoch(key) }))
    .filter((fork): fork is { fork: string; epoch: number } => fork.epoch !== undefined);
  return later.sort((a, b) => a.epoch - b.epoch)[0];
}
