import type { Preview, PreviewContext } from "../../domain/action.ts";
import { requests } from "./attempts.ts";
import { connect, type Store } from "./connect.ts";
import { Failed } from "./failed.ts";
import type { Connection } from "./fields.ts";
import { ConcurrencyLimit } from "./limit.ts";
import { type S3Location, shown } from "./location.ts";
import { grouped, sizeText } from "./meter.ts";
import { compareEntries } from "./same.ts";
import { walk } from "./walk.ts";

const MAX_LOOKED_AT = 200_000;

/** What a copy would do, from listings of both sides. Stops counting at 200,000 objects. */
export async function previewCopy(
  given: {
    readonly from: S3Location;
    readonly to: S3Location;
    readonly source: Connection;
    readonly target: Connection;
  },
  { env, signal }: PreviewContext,
): Promise<Preview> {
  const { from, to } = given;
  const options = { sockets: 32 };
  const counts = { looked: 0, copy: 0, copyBytes: 0, skip: 0, closer: 0 };
  const open: Store[] = [];
  try {
    const source = await connect(given.source, env, options);
    open.push(source);
    const target = await connect(given.target, env, options);
    open.push(target);
    const stretches = walk(
      requests(new ConcurrencyLimit(16), signal),
      { store: source, bucket: from.bucket, prefix: from.key },
      { store: target, bucket: to.bucket, prefix: to.key },
      false,
    );
    for await (const stretch of stretches) {
      for await (const pairs of stretch()) {
        for (const pair of pairs) {
          if (pair.kind === "target-only") continue;
          const same = pair.kind === "both" ? compareEntries(pair.source, pair.target) : "different";
          counts.looked++;
          if (same === "same") counts.skip++;
          else if (same === "look-closer") counts.closer++;
          else {
            counts.copy++;
            counts.copyBytes += pair.source.sizeBytes;
          }
        }
        if (counts.looked >= MAX_LOOKED_AT) break;
      }
    }
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return {
      grade: "native",
      lines: [`would fail: ${error.failure.message}`, error.failure.hint ?? ""].filter(Boolean),
    };
  } finally {
    for (const store of open) store.close();
  }
  const lines = [
    `would copy ${grouped(counts.copy)} objects (${sizeText(counts.copyBytes)}) from ${shown(from)} to ${shown(to)}`,
    `${grouped(counts.skip)} are there already`,
  ];
  if (counts.closer > 0) lines.push(`${grouped(counts.closer)} of equal size would be compared by their checksums`);
  if (open[0]?.identity !== open[1]?.identity) lines.push(`the bytes would stream through this machine`);
  if (counts.looked >= MAX_LOOKED_AT) lines.push(`looked at the first ${grouped(MAX_LOOKED_AT)} objects only`);
  return { grade: "native", lines };
}
