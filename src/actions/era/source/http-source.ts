import { fail } from "../failed.ts";
import { type RetryPolicy, withRetries } from "../retry.ts";
import { isBucketListing, listBucketPages } from "./bucket-pages.ts";
import { type HttpAnswer, type HttpRequest, readText, request } from "./http-request.ts";
import { namesOnPage } from "./index-page.ts";
import { makeListing } from "./listing.ts";
import { probeEras } from "./probe.ts";
import type { EraFile, EraSource, Listing, ListRequest, Opened, OpenRequest } from "./source.ts";

/** Files that hosts of era files keep beside them, tried in this order when the address itself shows no index. */
const INDEX_FILES = ["index.txt", "index.json", "files.txt", "checksums.txt", "SHA256SUMS"];

/**
 * Era files behind plain HTTP. Found by the page at the address (an index page in any usual form, a bucket's XML listing,
 * an index file), else by an index file beside the files, else by probing names.
 */
export function httpSource(address: string, retries: RetryPolicy): EraSource {
  const base = withoutCredentials(address);
  const isPage = /\.(html?|json|txt|xml)$/i.test(base.url.pathname);
  const directory = isPage ? new URL(".", base.url) : asDirectory(base.url);
  const ask = (url: string, given: HttpRequest = {}) =>
    request(url, { ...given, headers: { ...base.headers, ...given.headers } });
  return {
    kind: "http",
    shown: base.url.href,
    list,
    head: (file, signal) => withRetries(retries, () => head(file, signal), { signal }),
    open,
  };

  async function list(wanted: ListRequest): Promise<Listing> {
    const pages = isPage ? [base.url.href] : [bucketQuery(directory, wanted), base.url.href];
    for (const url of pages) {
      const page = await readPage(url, wanted);
      if (page === undefined) continue;
      if (isBucketListing(page.text)) {
        const found = await listBucketPages(page.text, directory, wanted, (next) => readPage(next, wanted));
        return makeListing(wanted, found.names, `${found.pages} pages of a bucket listing`);
      }
      const names = namesOnPage(page.text, page.url);
      if (names.length > 0) return makeListing(wanted, names, "index page");
    }
    for (const indexFile of isPage ? [] : INDEX_FILES) {
      const url = new URL(indexFile, directory).href;
      const names = namesOnPage((await readPage(url, wanted))?.text ?? "", url);
      if (names.length > 0) return makeListing(wanted, names, `index file ${indexFile}`);
    }
    wanted.log?.(`${base.url.href} has no index of era files: asking for each name`);
    return probeEras(wanted, (name) => probe(name, wanted));
  }

  async function readPage(url: string, wanted: ListRequest): Promise<{ text: string; url: string } | undefined> {
    return withRetries(
      retries,
      async () => {
        const answer = await ask(url, { signal: wanted.signal });
        if (answer.status === 200) return { text: await readText(answer), url: answer.url };
        await answer.cancel();
        if (answer.status === 401) throw forbidden(answer);
        return undefined;
      },
      { signal: wanted.signal, onRetry: (failed) => wanted.log?.(`${failed.message}; trying again`) },
    );
  }

  async function probe(name: string, wanted: ListRequest): Promise<EraFile | "absent"> {
    const location = new URL(name, directory).href;
    const found = await withRetries(retries, () => headOrGet(location, wanted.signal), { signal: wanted.signal });
    return found === "absent"
      ? found
      : { network: wanted.network, era: 0, name, shortRoot: undefined, location, ...found };
  }

  async function head(file: EraFile, signal: AbortSignal | undefined) {
    const found = await headOrGet(file.location, signal);
    if (found === "absent") throw gone(file);
    return found;
  }

  async function headOrGet(url: string, signal: AbortSignal | undefined) {
    let answer = await ask(url, { method: "HEAD", signal });
    // Some servers forbid HEAD: the first byte of the file says the same.
    if (answer.status === 405 || answer.status === 501)
      answer = await ask(url, { headers: { range: "bytes=0-0" }, signal });
    await answer.cancel();
    if (answer.status === 404 || answer.status === 410) return "absent";
    if (answer.status !== 200 && answer.status !== 206) throw forbidden(answer);
    return { sizeBytes: totalBytesOf(answer), etag: answer.headers.get("etag") ?? undefined };
  }

  async function open(file: EraFile, wanted: OpenRequest): Promise<Opened> {
    const headers: { [name: string]: string } = {};
    if (wanted.part !== undefined) headers.range = `bytes=${wanted.part.start}-${wanted.part.end - 1}`;
    // If-Range takes strong validators only (RFC 9110, 13.1.5).
    if (wanted.part !== undefined && wanted.etag !== undefined && !wanted.etag.startsWith("W/"))
      headers["if-range"] = wanted.etag;
    const answer = await ask(file.location, { headers, signal: wanted.signal });
    if (answer.status === 200 || answer.status === 206) {
      const etag = answer.headers.get("etag") ?? undefined;
      return {
        body: answer.body,
        cancel: answer.cancel,
        totalBytes: totalBytesOf(answer),
        etag,
        partial: answer.status === 206,
      };
    }
    await answer.cancel();
    throw answer.status === 404 || answer.status === 410 ? gone(file) : forbidden(answer);
  }
}

function totalBytesOf(answer: HttpAnswer): number | undefined {
  const range = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "");
  const text = range?.[1] ?? (answer.status === 206 ? undefined : answer.headers.get("content-length"));
  return text === undefined || text === null ? undefined : Number(text);
}

/** A server that is no bucket ignores the query. Keys sort by name: what comes before the range may be left out. */
function bucketQuery(directory: URL, { network, range }: ListRequest): string {
  const url = new URL(directory);
  const start = `${network}-${String(range.from).padStart(5, "0")}`;
  for (const [name, value] of [
    ["list-type", "2"],
    ["prefix", `${network}-`],
    ["start-after", start],
  ] as const) {
    url.searchParams.set(name, value);
  }
  return url.href;
}

function asDirectory(url: URL): URL {
  return url.pathname.endsWith("/") ? url : new URL(`${url.pathname}/${url.search}`, url);
}

/** A user and password in the address go into a header and nowhere else: not into messages, not into the database. */
function withoutCredentials(address: string): { url: URL; headers: { [name: string]: string } } {
  const url = new URL(address);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "") return { url, headers: {} };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } };
}

function forbidden(answer: HttpAnswer): Error {
  return fail("era-source-refused", `${answer.url} answered ${answer.status}`, {
    hint: "check the address and the access; a user goes into it as https://user:password@host/",
    retryable: false,
  });
}

function gone(file: EraFile): Error {
  const hint = "the listing named it, the server has it no more: discover again";
  return fail("era-file-gone", `${file.location} does not exist`, { hint, retryable: false });
}
