import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { discover } from "../operations.ts";
import { formatRuns } from "../range.ts";
import type { Listing } from "../source/source.ts";
import { callOf, eraFile, fileToJson, networkField, rangeField, resultOf, sourceField } from "./fields.ts";

const params = z.strictObject({ ...networkField, ...rangeField, ...sourceField });

/** What every listing of a source tells. */
export const listingOutputs = {
  available: z.int().describe("eras that the source has within the range"),
  eras: z.array(eraFile),
  gaps: z.string().describe("eras that should be there and are not, as ranges; empty when there are none"),
  ambiguous: z.array(z.strictObject({ era: z.int(), names: z.array(z.string()) })).describe("left out: several files"),
  how: z.string(),
};

const outputs = z.strictObject(listingOutputs);

export function listingToJson(listing: Listing): z.infer<typeof outputs> {
  return {
    available: listing.files.length,
    eras: listing.files.map(fileToJson),
    gaps: formatRuns(listing.gaps),
    ambiguous: listing.ambiguous.map(({ era, names }) => ({ era, names: [...names] })),
    how: listing.how,
  };
}

export const discoverAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "era.discover",
  title: "List the era files of a source",
  description:
    "Lists one network's era files in a bucket, behind HTTP or in a directory, within a range. The list is complete or the " +
    "step fails: a page that cannot be read never makes a shorter one. Gaps are reported. Repeating it is harmless.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return {
      grade: "described",
      lines: [`would list ${given.network} ${given.range} in ${given.source || "ERA_BASE_URL"}`],
    };
  },
  async run(given, context) {
    const outcome = await discover(given, callOf({}, context));
    if (outcome.kind === "ok") context.log(`${outcome.value.files.length} eras (${outcome.value.how})`);
    return resultOf(outcome, listingToJson);
  },
});
