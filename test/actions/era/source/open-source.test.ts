import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../../../src/actions/era/source/open-source.ts";

const RETRIES = { attempts: 1, baseMs: 1, maxMs: 1 };
const open = (text: string, cwd = "/work-here") => openSource(text, cwd, {}, RETRIES);

describe("a source of era files", () => {
  it.each([
    ["s3://bucket/some/prefix/", "s3", "s3://bucket/some/prefix/"],
    ["s3://bucket?endpoint=http://127.0.0.1:9000&region=eu-west-1", "s3", "s3://bucket/ at http://127.0.0.1:9000"],
    ["https://era-files-bucket.s3.eu-central-1.amazonaws.com", "s3", "s3://era-files-bucket/"],
    ["https://my.dotted.bucket.s3.amazonaws.com/a/b", "s3", "s3://my.dotted.bucket/a/b/"],
    ["https://files.example/eras", "http", "https://files.example/eras"],
    ["https://s3-like.example/eras", "http", "https://s3-like.example/eras"],
    ["eras", "directory", "/work-here/eras"],
    ["file:///srv/eras", "directory", "/srv/eras"],
  ])("%s is %s", (text, kind, shown) => {
    expect(open(text)).toMatchObject({ kind, shown });
  });

  it.each(["ftp://host/eras", "s3://", "http://", "s3://bucket?profile=x"])(
    "%s is refused with what to write",
    (text) => {
      expect(() => open(text)).toThrow(
        expect.objectContaining({ failure: expect.objectContaining({ code: "era-source" }) }),
      );
    },
  );

  it("may be a directory, whose files are read where they are", async () => {
    const directory = mkdtempSync(join(tmpdir(), "era-source-"));
    try {
      for (const name of [
        "mainnet-00007-0a1b2c3d.era",
        "mainnet-8.era",
        "mainnet-00009-0a1b2c3d.era.part",
        "gnosis-00008.era",
      ]) {
        writeFileSync(join(directory, name), "1234");
      }
      const listing = await open(directory).list({ network: "mainnet", range: { from: 7, to: 9 } });
      expect(listing.files.map(({ era, location, sizeBytes }) => [era, location, sizeBytes])).toEqual([
        [7, join(directory, "mainnet-00007-0a1b2c3d.era"), 4],
        [8, join(directory, "mainnet-8.era"), 4],
      ]);
      expect(listing.gaps).toEqual([{ from: 9, to: 9 }]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("that is no directory says so", async () => {
    await expect(open("/nowhere/at/all").list({ network: "mainnet", range: { from: 0, to: 1 } })).rejects.toMatchObject(
      {
        failure: { code: "era-source-missing", message: expect.stringContaining("/nowhere/at/all") },
      },
    );
  });
});
