import fs from "node:fs";
import { expect, it } from "vitest";
import { buildKernel, KERNEL_FILE } from "../../../../scripts/build-kernel.ts";

it("the checked-in kernel is what its sources give", () => {
  expect(fs.readFileSync(KERNEL_FILE, "utf8") === buildKernel()).toBe(true);
});
