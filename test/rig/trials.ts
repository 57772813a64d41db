import { TestRunner } from "vitest";

/** Notes how often the running test tried to break something, for docs/evidence.md (`npm run evidence`). */
export function trials(count: number): void {
  const test = TestRunner.getCurrentTest();
  if (test) Object.assign(test.meta, { trials: count });
}
