import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const src = new URL("../../src/", import.meta.url);

test("the code map names every folder of src", () => {
  const map = readFileSync(new URL("README.md", src), "utf8");
  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) expect(map).toContain(`| \`${name}/\``);
});
