import { expect, test } from "vitest";
import { stalePages } from "../../scripts/docs.ts";

test("the reference pages say what the program says; `npm run docs` makes them anew", async () => {
  expect(await stalePages()).toEqual([]);
});
