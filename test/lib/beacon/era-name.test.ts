import { expect, it } from "vitest";
import { eraFileName, parseEraName } from "../../../src/lib/beacon/era-name.ts";

it("reads names with and without the root, and writes them again", () => {
  const names = [
    "mainnet-01400-0a1b2c3d.era",
    "my-devnet-7-00012-ffffffff.era",
    "gnosis-02700.era",
    "x-100000-00000000.era",
  ];
  expect(names.map(parseEraName)).toEqual([
    { network: "mainnet", era: 1400, shortRoot: "0a1b2c3d" },
    { network: "my-devnet-7", era: 12, shortRoot: "ffffffff" },
    { network: "gnosis", era: 2700, shortRoot: undefined },
    { network: "x", era: 100_000, shortRoot: "00000000" },
  ]);
  for (const name of names) expect(eraFileName(parseEraName(name)!)).toBe(name);
});

it("takes nothing else for an era file", () => {
  const others = [
    "mainnet-1400-0a1b2c3d.era",
    "mainnet-01400-0A1B2C3D.era",
    "mainnet-01400-0a1b2c3d.era1",
    "a/mainnet-01400.era",
  ];
  for (const name of [...others, "mainnet-01400-0a1b2c3d.era.partial", "-01400.era", ""]) {
    expect(parseEraName(name), name).toBeUndefined();
  }
});
