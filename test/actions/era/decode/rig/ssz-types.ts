import * as ssz from "@chainsafe/ssz";
import { ssz as lodestar } from "@lodestar/types";
import type { ForkName } from "../../../../../src/lib/beacon/forks.ts";

/** Lodestar's SignedBeaconBlock of a fork, with every uint64 as a bigint: its own types round some of them. */
export function signedBlockType(fork: ForkName): ssz.ContainerType<Record<string, ssz.Type<unknown>>> {
  return exact(lodestar[fork].SignedBeaconBlock as never) as never;
}

function exact(type: ssz.Type<unknown>): ssz.Type<unknown> {
  const known = cache.get(type);
  if (known !== undefined) return known;
  const made = make(type);
  cache.set(type, made);
  return made;
}

const cache = new Map<ssz.Type<unknown>, ssz.Type<unknown>>();

function make(type: ssz.Type<unknown>): ssz.Type<unknown> {
  if (type instanceof ssz.UintNumberType) return new ssz.UintBigintType(type.byteLength);
  if (type instanceof ssz.ContainerType) {
    const fields = Object.entries(type.fields as Record<string, ssz.Type<unknown>>);
    return new ssz.ContainerType(Object.fromEntries(fields.map(([name, field]) => [name, exact(field)]))) as never;
  }
  if (type instanceof ssz.ListBasicType)
    return new ssz.ListBasicType(exact(type.elementType) as never, type.limit) as never;
  if (type instanceof ssz.ListCompositeType) {
    return new ssz.ListCompositeType(exact(type.elementType) as never, type.limit) as never;
  }
  if (type instanceof ssz.VectorCompositeType) {
    return new ssz.VectorCompositeType(exact(type.elementType) as never, type.length) as never;
  }
  return type;
}
