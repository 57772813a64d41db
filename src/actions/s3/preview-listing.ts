import type { Preview, PreviewContext } from "../../domain/action.ts";
import { requests } from "./attempts.ts";
import { connect, type Store } from "./connect.ts";
import { Failed } from "./failed.ts";
import type { Connection } from "./fields.ts";
import { ConcurrencyLimit } from "./limit.ts";
import { listPages } from "./list-pages.ts";
import type { S3Location } from "./location.ts";
import { grouped, sizeText } from "./meter.ts";

const MAX_LOOKED_AT = 100_000;

/** What lies below a prefix, in one line. Stops counting at 100,000 objects. */
export async function previewListing(
  { bucket, key }: S3Location,
  connection: Connection,
  line: (count: string, bytes: string) => string,
  { env, signal }: PreviewContext,
): Promise<Preview> {
  let store: Store | undefined;
  try {
    store = await connect(connection, env, { sockets: 4 });
    let count = 0;
    let bytes = 0;
    for await (const page of listPages(requests(new ConcurrencyLimit(4), signal), { store, bucket, prefix: key })) {
      count += page.length;
      for (const { sizeBytes } of page) bytes += sizeBytes;
      if (count >= MAX_LOOKED_AT) break;
    }
    const more = count >= MAX_LOOKED_AT ? "more than " : "";
    return { grade: "native", lines: [line(more + grouped(count), more + sizeText(bytes))] };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return {
      grade: "native",
      lines: [`would fail: ${error.failure.message}`, ...(error.failure.hint ? [error.failure.hint] : [])],
    };
  } finally {
    store?.close();
  }
}
