import { parseEraName } from "../../../lib/beacon/era-name.ts";
import { gapsOf, isInRange } from "../range.ts";
import type { EraFile, Listing, ListRequest } from "./source.ts";

/** A name found in a source, whatever kind of file it is. */
export type FoundName = {
  readonly name: string;
  readonly location: string;
  readonly sizeBytes?: number | undefined;
  readonly etag?: string | undefined;
};

/** Keeps what is an era file of this network and range, one file per era. */
export function makeListing(request: ListRequest, found: Iterable<FoundName>, how: string): Listing {
  const byEra = new Map<number, EraFile[]>();
  for (const candidate of found) {
    const file = eraFileOf(candidate);
    if (file === undefined || file.network !== request.network || !isInRange(request.range, file.era)) continue;
    const known = byEra.get(file.era) ?? [];
    if (!known.some((other) => other.name === file.name)) byEra.set(file.era, [...known, file]);
  }
  const eras = [...byEra.keys()].toSorted((a, b) => a - b);
  const chosen = eras.map((era) => chooseFile(byEra.get(era)!));
  return {
    files: chosen.flatMap((choice) => (choice.kind === "one" ? [choice.file] : [])),
    gaps: gapsOf(request.range, eras),
    ambiguous: chosen.flatMap((choice) =>
      choice.kind === "several" ? [{ era: choice.era, names: choice.names }] : [],
    ),
    how,
  };
}

export function eraFileOf({ name, location, sizeBytes, etag }: FoundName): EraFile | undefined {
  // Tools that drop the root also write the number without leading zeros.
  const unpadded = /^([a-z0-9][a-z0-9_-]*)-(\d{1,4})\.era$/.exec(name);
  const parsed =
    unpadded === null ? parseEraName(name) : { network: unpadded[1]!, era: Number(unpadded[2]), shortRoot: undefined };
  return parsed === undefined ? undefined : { ...parsed, name, location, sizeBytes, etag };
}

type Choice =
  | { readonly kind: "one"; readonly file: EraFile }
  | { readonly kind: "several"; readonly era: number; readonly names: readonly string[] };

/** A name with a root says more than one without; two roots contradict each other. */
function chooseFile(files: readonly EraFile[]): Choice {
  const withRoot = files.filter((file) => file.shortRoot !== undefined);
  if (withRoot.length > 1) {
    return { kind: "several", era: files[0]!.era, names: withRoot.map((file) => file.name).toSorted() };
  }
  return { kind: "one", file: withRoot[0] ?? files[0]! };
}
