import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { SAMPLES, staleSamples } from "../../../scripts/build-era-samples.ts";

it("the sample eras are what the generator makes, with rows in every table, in less than 2 MB", async () => {
  expect(await staleSamples()).toEqual([]);
  const { eras } = JSON.parse(fs.readFileSync(path.join(SAMPLES, "expected.json"), "utf8"));
  expect(eras).toHaveLength(2);
  expect(Object.values(eras[1].rows).every((count) => (count as number) > 0)).toBe(true);
  expect(eras[0].bytes + eras[1].bytes).toBeLessThan(2_000_000);
});
