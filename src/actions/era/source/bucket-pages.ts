import { fail } from "../failed.ts";
import { unescapeHtml } from "./index-page.ts";
import type { FoundName } from "./listing.ts";
import type { ListRequest } from "./source.ts";

/** A page of more than this many keys ends the listing with an error rather than never. */
const MAX_PAGES = 10_000;

type Page = { readonly text: string; readonly url: string };

/** Buckets answer a plain GET with the XML of ListObjectsV2; no signature is needed where the bucket is public. */
export function isBucketListing(text: string): boolean {
  return /<ListBucketResult[\s>]/.test(text.slice(0, 2048));
}

/** Reads on from the first page until the bucket says that it was the last. A page that is missing is an error. */
export async function listBucketPages(
  firstPage: string,
  base: URL,
  request: ListRequest,
  readPage: (url: string) => Promise<Page | undefined>,
): Promise<{ names: FoundName[]; pages: number }> {
  const names: FoundName[] = [];
  let text = firstPage;
  for (let pages = 1; ; pages++) {
    const found = keysOf(text, base);
    names.push(...found);
    request.log?.(`page ${pages}: ${found.length} keys`);
    if (!/<IsTruncated>\s*true/.test(text) || isBeyond(request, found.at(-1)?.name)) return { names, pages };
    const token = unescapeHtml(/<NextContinuationToken>([^<]*)</.exec(text)?.[1] ?? "");
    const next = `${base.href}?list-type=2&prefix=${request.network}-&continuation-token=${encodeURIComponent(token)}`;
    const page = token === "" || pages >= MAX_PAGES ? undefined : await readPage(next);
    if (page === undefined || !isBucketListing(page.text)) {
      const hint = "a part of the listing would leave eras out without a word, so nothing of it is used: try again";
      throw fail("era-listing-incomplete", `page ${pages + 1} of the listing of ${base.href} cannot be read`, { hint });
    }
    text = page.text;
  }
}

function keysOf(text: string, base: URL): FoundName[] {
  return [...text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, entry]) => {
    const field = (name: string) => unescapeHtml(new RegExp(`<${name}>([^<]*)<`).exec(entry!)?.[1] ?? "");
    const key = field("Key");
    return {
      name: key.split("/").at(-1)!,
      location: new URL(key.split("/").map(encodeURIComponent).join("/"), base).href,
      sizeBytes: field("Size") === "" ? undefined : Number(field("Size")),
      etag: field("ETag") === "" ? undefined : field("ETag"),
    };
  });
}

/** Keys come in the order of their names: after the last era of the range nothing of interest follows. */
export function isBeyond({ network, range }: ListRequest, lastName: string | undefined): boolean {
  const last = lastName === undefined ? undefined : /^(.*)-(\d{5})-[0-9a-f]{8}\.era$/.exec(lastName);
  return last?.[1] === network && range.to !== undefined && Number(last[2]) > range.to;
}
