import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failed } from "../../../../src/actions/era/failed.ts";
import { openSource } from "../../../../src/actions/era/source/open-source.ts";
import type { Listing } from "../../../../src/actions/era/source/source.ts";
import { type FileServer, startFileServer } from "../rig/file-server.ts";

const ROOT = "0a1b2c3d";
const name = (era: number, root: string | null = ROOT) =>
  `mainnet-${String(era).padStart(5, "0")}${root === null ? "" : `-${root}`}.era`;

let server: FileServer;

beforeEach(async () => {
  server = await startFileServer();
});

afterEach(() => server.close());

describe("era files behind plain HTTP", () => {
  // the tool in use today knew only <a href="name">, and found nothing in any other form
  it.each([
    ["an nginx index", (n: string) => `<a href="${n}">${n.slice(0, 20)}..&gt;</a> 01-Jan-2026 00:00 549839123`],
    ["single quotes and dots", (n: string) => `<A HREF='./${n}'>file</A>`],
    ["no quotes", (n: string) => `<a class=x href=${n}>file</a>`],
    ["absolute paths", (n: string) => `<a title="x" href="/eras/${n}">file</a>`],
    ["a query for downloading", (n: string) => `<a href="${n}?download=1&amp;x=2">file</a>`],
    ["percent encoding", (n: string) => `<a href="${n.replaceAll("-", "%2D")}">file</a>`],
    ["an nginx JSON index", (n: string) => JSON.stringify([{ name: n, type: "file", size: 5 }])],
    ["a plain list", (n: string) => n],
    ["a list of checksums", (n: string) => `d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26  ${n}`],
  ])("are found on a page with %s", async (_form, line) => {
    server.pages.set(
      "/eras/",
      `<html>\n${[1400, 1401, 1403].map((era) => line(name(era))).join("\n")}\n${line("gnosis-01402-00000000.era")}`,
    );
    const listing = await list("/eras", "1400-1404");
    expect(listing.files.map((file) => [file.era, file.name])).toEqual([
      [1400, name(1400)],
      [1401, name(1401)],
      [1403, name(1403)],
    ]);
    expect(listing.gaps).toEqual([
      { from: 1402, to: 1402 },
      { from: 1404, to: 1404 },
    ]);
    const url = new URL(listing.files[0]!.location);
    expect(decodeURIComponent(url.pathname)).toBe(`/eras/${name(1400)}`);
  });

  it("are found by links to another host", async () => {
    server.pages.set("/", `<a href="https://mirror.example/x/${name(7)}">seven</a>`);
    expect((await list("/", "7")).files[0]!.location).toBe(`https://mirror.example/x/${name(7)}`);
  });

  it("are found in an index file when the address shows no page", async () => {
    server.pages.set("/eras/index.txt", `${name(1)}\n${name(2)}\n`);
    const listing = await list("/eras/", "1+");
    expect(listing.files.map(({ era }) => era)).toEqual([1, 2]);
    expect(listing.how).toContain("index.txt");
  });

  it("are found by a page that is named itself", async () => {
    server.pages.set("/some/list.txt", `files/${name(3)}\n${name(4)}`);
    const listing = await list("/some/list.txt", "0+");
    expect(listing.files.map(({ location }) => new URL(location).pathname)).toContain(`/some/${name(4)}`);
  });

  it("take the name with a root before the one without", async () => {
    server.pages.set("/", `${name(5, null)} ${name(5)}`);
    expect((await list("/", "5")).files.map((file) => file.name)).toEqual([name(5)]);
  });

  it("with two roots for one era are left to the operator", async () => {
    server.pages.set("/", `${name(5, "aaaaaaaa")} ${name(5, "bbbbbbbb")} ${name(6)}`);
    const listing = await list("/", "5+");
    expect(listing.files.map(({ era }) => era)).toEqual([6]);
    expect(listing.ambiguous).toEqual([{ era: 5, names: [name(5, "aaaaaaaa"), name(5, "bbbbbbbb")] }]);
  });

  it("without any index are asked for by name, 20 at once", async () => {
    for (const era of [40, 41, 43]) server.files.set(name(era, null), Buffer.from("x"));
    server.files.set("mainnet-44.era", Buffer.from("x"));
    const listing = await list("/", "40-45");
    expect(listing.files.map(({ era, sizeBytes }) => [era, sizeBytes])).toEqual([
      [40, 1],
      [41, 1],
      [43, 1],
      [44, 1],
    ]);
    expect(server.requests.filter(({ method }) => method === "HEAD").length).toBeGreaterThan(5);
  });

  it("are asked for until three batches of 100 in a row had fewer than five", async () => {
    for (let era = 100; era < 210; era++) server.files.set(name(era, null), Buffer.from("x"));
    const listing = await list("/", "100+");
    expect(listing.files).toHaveLength(110);
    expect(listing.how).toContain("asked for 500 names");
  });

  it("are asked for with the first byte where HEAD is forbidden", async () => {
    server.files.set(name(8, null), Buffer.from("12345"));
    server.misbehave = ({ method }) => (method === "HEAD" ? { kind: "status", status: 405 } : undefined);
    expect((await list("/", "8")).files).toMatchObject([{ era: 8, sizeBytes: 5 }]);
  });

  it("that cannot be found at all are an error that says what would help", async () => {
    const failed = await list("/", "1-3").catch((error) => error as Failed);
    expect(failed).toBeInstanceOf(Failed);
    expect((failed as Failed).failure).toMatchObject({ code: "era-source-without-index" });
    expect((failed as Failed).failure.hint).toContain("index.txt");
  });

  it("are never said to be absent because the server had trouble", async () => {
    server.misbehave = ({ method }) => (method === "HEAD" ? { kind: "status", status: 503 } : undefined);
    await expect(list("/", "1-3")).rejects.toMatchObject({ failure: { code: "era-source-busy" } });
  });

  it("are listed after a page was tried again", async () => {
    server.pages.set("/", name(9));
    server.misbehave = ({ n }) => (n <= 2 ? { kind: "status", status: 503 } : undefined);
    expect((await list("/", "9")).files).toHaveLength(1);
  });

  it("need a password that is shown nowhere", async () => {
    server.pages.set("/", name(9));
    const source = openSource(server.url.replace("//", "//me:s3cret@"), "/", {}, QUICK);
    expect(source.shown).not.toContain("s3cret");
    expect(
      (await source.list({ network: "mainnet", range: { from: 0, to: undefined } })).files[0]!.location,
    ).not.toContain("s3cret");
  });
});

describe("a public bucket behind plain HTTP", () => {
  const page = (keys: readonly string[], next: string | undefined) =>
    `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${next !== undefined}</IsTruncated>` +
    `${next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`}` +
    `${keys.map((key) => `<Contents><Key>${key}</Key><ETag>&quot;e&quot;</ETag><Size>12</Size></Contents>`).join("")}</ListBucketResult>`;

  function serve(pages: readonly (readonly string[])[]): void {
    server.misbehave = () => undefined;
    const answer = (url: string) => {
      const token = new URL(url, server.url).searchParams.get("continuation-token");
      const index = token === null ? 0 : Number(token.slice("t+/".length));
      return page(pages[index]!, index + 1 < pages.length ? `t+/${index + 1}` : undefined);
    };
    // pages depend on the query, which the plain server does not know
    server.pages.get = ((path: string) => (path === "/" ? answer(server.requests.at(-1)!.path) : undefined)) as never;
  }

  it("is listed page by page, from the start of the range", async () => {
    serve([[name(1), name(2)], [name(3), name(4)], [name(5)]]);
    const listing = await list("/", "1+");
    expect(listing.files.map(({ era, sizeBytes, etag }) => [era, sizeBytes, etag])).toEqual(
      [1, 2, 3, 4, 5].map((era) => [era, 12, '"e"']),
    );
    expect(server.requests[0]!.path).toContain("start-after=mainnet-00001");
    expect(server.requests).toHaveLength(3);
  });

  it("is not read beyond the end of the range", async () => {
    serve([[name(1), name(2)], [name(3), name(4)], [name(5)]]);
    expect((await list("/", "1-2")).files.map(({ era }) => era)).toEqual([1, 2]);
    expect(server.requests).toHaveLength(2);
  });

  it("whose second page cannot be read is an error, never a shorter list", async () => {
    serve([
      [name(1), name(2)],
      [name(3), name(4)],
    ]);
    server.misbehave = ({ path }) =>
      path.includes("continuation-token") ? { kind: "status", status: 503 } : undefined;
    await expect(list("/", "1+")).rejects.toMatchObject({ failure: { code: "era-source-busy" } });
    server.misbehave = ({ path }) =>
      path.includes("continuation-token") ? { kind: "status", status: 403 } : undefined;
    await expect(list("/", "1+")).rejects.toMatchObject({ failure: { code: "era-listing-incomplete" } });
  });
});

const QUICK = { attempts: 3, baseMs: 1, maxMs: 5 };

async function list(path: string, range: string): Promise<Listing> {
  const [from, to] = range.endsWith("+") ? [range.slice(0, -1), undefined] : (range.split("-") as [string, string?]);
  const last = range.endsWith("+") ? undefined : Number(to ?? from);
  const source = openSource(`${server.url}${path}`, "/", {}, QUICK);
  return source.list({ network: "mainnet", range: { from: Number(from), to: last } });
}
