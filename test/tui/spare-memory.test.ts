import { expect, test, vi } from "vitest";
import { spareMemory } from "../../src/tui/shell/spare-memory.ts";

test("what nothing holds any more is given back while nobody types", async () => {
  const made = leftBehind();
  const stop = spareMemory(() => 60_000);
  await vi.waitFor(() => expect(made.deref() === undefined).toBe(true), { timeout: 30_000, interval: 200 });
  stop();
});

function leftBehind(): WeakRef<object> {
  return new WeakRef({ rows: Array.from({ length: 1_000 }, (_, n) => `row ${n}`) });
}
