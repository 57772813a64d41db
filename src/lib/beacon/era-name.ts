/** A file name `<config>-<era>-<root>.era`, or `<config>-<era>.era` where a tool dropped the root. */
export type EraName = {
  readonly network: string;
  readonly era: number;
  /** The first 8 hex digits of the era's historical root. */
  readonly shortRoot: string | undefined;
};

/** The parts of an era file's name (no directories), or undefined when it is not one. Source: e2store era format. */
export function parseEraName(fileName: string): EraName | undefined {
  const match = /^([a-z0-9][a-z0-9_-]*)-(\d{5,7})(?:-([0-9a-f]{8}))?\.era$/.exec(fileName);
  if (match === null) return undefined;
  return { network: match[1]!, era: Number(match[2]), shortRoot: match[3] };
}

/** `mainnet-01400-0a1b2c3d.era` */
export function eraFileName(name: EraName): string {
  const root = name.shortRoot === undefined ? "" : `-${name.shortRoot}`;
  return `${name.network}-${String(name.era).padStart(5, "0")}${root}.era`;
}
