import { expect } from "vitest";
import type { RecordedEvent } from "../../src/domain/event.ts";
import { readJournal } from "../../src/journal/index.ts";

/**
 * What must hold after every test: nothing ran twice (unless it may), nothing was announced as ok that did not run, every
 * release has exactly one end, and whatever ran was released before.
 */
export function checkLedger(
  runDir: string,
  lines: readonly string[],
  allowed: { readonly twice?: readonly string[] } = {},
): readonly RecordedEvent[] {
  const reader = readJournal(runDir);
  const events = [...reader.read()];
  reader.close();
  const ran = new Map<string, number>();
  for (const line of lines) {
    const name = line.split(" ")[0] as string;
    ran.set(name, (ran.get(name) ?? 0) + 1);
  }
  for (const [name, count] of ran) if (!allowed.twice?.includes(name)) expect(count, `${name} ran twice`).toBe(1);
  const ids = new Map<string, string>();
  const ends = new Map<string, string[]>();
  for (const event of events) {
    if (event.type === "attempt-released") {
      ids.set(`${event.at}#${event.n}`, event.attemptId);
      ends.set(event.attemptId, []);
    }
    if (event.type === "attempt-ended") ends.get(ids.get(`${event.at}#${event.n}`) as string)?.push(event.outcome.kind);
  }
  for (const line of lines) expect([...ids.values()], `${line} was never released`).toContain(line.split(" ")[1]);
  for (const [id, kinds] of ends) {
    expect(kinds.length, `ends of attempt ${id}: ${kinds}`).toBeLessThanOrEqual(1);
    if (kinds[0] === "ok")
      expect(
        lines.some((line) => line.endsWith(id)),
        `ok without a trace: ${id}`,
      ).toBe(true);
  }
  return events;
}
