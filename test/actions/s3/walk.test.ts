import { expect, onTestFinished, test } from "vitest";
import { requests } from "../../../src/actions/s3/attempts.ts";
import { connect } from "../../../src/actions/s3/connect.ts";
import { ConcurrencyLimit } from "../../../src/actions/s3/limit.ts";
import { takeContents } from "../../../src/actions/s3/list-contents.ts";
import { walk } from "../../../src/actions/s3/walk.ts";
import { mulberry32 } from "../../../src/lab/s3/faults.ts";
import type { S3Server } from "../../../src/lab/s3/start.ts";
import { lab, seed } from "./rig.ts";

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

test.each([0, 1, 2, 3, 4])(`two folders side by side show every key once (seed ${SEED} + %i)`, async (round) => {
  const random = mulberry32(SEED + round);
  const pick = (count: number) => Math.floor(random() * count);
  const folders = 1 + pick(40);
  const depth = pick(4);
  const key = () => {
    const path = Array.from({ length: 1 + depth }, (_, level) => `${level < depth ? "same" : `f${pick(folders)}`}/`);
    return path.join("") + ODD[pick(ODD.length)] + String(pick(1_000_000));
  };
  // The marker of the folder itself is a key too.
  const there = () => (random() < 0.3 ? [""] : []);
  const source = new Set([...there(), ...Array.from({ length: pick(2600) }, key)]);
  const target = new Set([
    ...there(),
    ...[...source].filter(() => random() < 0.5),
    ...Array.from({ length: pick(900) }, key),
  ]);
  const server = await lab();
  await seed(
    server,
    "source",
    [...source].map((one) => [`from/${one}`, "x"]),
  );
  await seed(
    server,
    "target",
    [...target, "../before", "~behind"].map((one) => [`to/here/${one}`.replace("here/../", ""), "x"]),
  );
  const kinds = (extras: boolean) =>
    [...new Set([...source, ...(extras ? target : [])])]
      .map((one) => `${one} ${source.has(one) ? (target.has(one) ? "both" : "source-only") : "target-only"}`)
      .concat(extras ? ["~behind target-only"] : [])
      .sort();
  for (const extras of [false, true]) expect(await walked(server, extras)).toEqual(kinds(extras));
});

const ODD = ["", "a b", "a+b", "ü", "&<>", "%41", "\u{1f600}", "\n"];

async function walked(server: S3Server, extras: boolean): Promise<string[]> {
  const { accessKeyId, secretAccessKey } = server.credentials;
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const store = await connect({ endpoint: server.endpoint }, env, { sockets: 16 });
  onTestFinished(() => store.close());
  const asking = requests(new ConcurrencyLimit(16), new AbortController().signal);
  const from = { store, bucket: "source", prefix: "from/" };
  const to = { store, bucket: "target", prefix: "to/here/" };
  const seen: string[] = [];
  for await (const stretch of walk(asking, from, to, extras)) {
    for await (const pairs of stretch()) {
      for (const pair of pairs) {
        const name = pair.kind === "target-only" ? pair.target.key.slice(8) : pair.source.key.slice(5);
        seen.push(`${name} ${pair.kind}`);
      }
    }
  }
  return seen.sort();
}

test("objects are read out of a listing in the forms that stores give, anything else is left to the SDK", () => {
  const page = (contents: string) =>
    `<ListBucketResult><EncodingType>url</EncodingType>${contents}<Name>ü</Name></ListBucketResult>`;
  const taken = (xml: string) => {
    const { entries, rest } = takeContents(Buffer.from(xml));
    return { entries, rest: rest.toString() };
  };
  const object = (key: string, more = "") =>
    `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>` +
    `<ETag>&quot;e-1&quot;</ETag><Size>12</Size>${more}</Contents>`;
  const owner = "<Owner><ID>i</ID></Owner><StorageClass>STANDARD</StorageClass>";
  const entry = { sizeBytes: 12, etag: "e-1", modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
  expect(taken(page(`${object("a+b%2Bc")}\n  ${object("%C3%BC", owner)}`))).toEqual({
    entries: [
      { key: "a b+c", ...entry },
      { key: "ü", ...entry },
    ],
    rest: page("\n  "),
  });
  for (const strange of [
    page(object("a")).replace("url", "none"),
    page(object("a&amp;b")),
    page(object("a").replace("12", "twelve")),
    page(object("a").replace("<Contents>", '<Contents xmlns="x">')),
    page(`${object("a")}<Contents><Key>b</Key>`),
    page(object("<![CDATA[a]]>")),
  ]) {
    expect(taken(strange)).toEqual({ entries: [], rest: strange });
  }
});
