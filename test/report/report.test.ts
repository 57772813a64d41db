import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fold } from "../../src/domain/reduce.ts";
import { readJournal } from "../../src/journal/index.ts";
import { createProcesses } from "../../src/process/index.ts";
import { type RunReport, reportAsHtml, reportAsJunit, reportAsMarkdown, reportOf } from "../../src/report/index.ts";
import { reportSchema } from "../../src/report/schema.ts";
import { InProcess } from "../rig/in-process.ts";

const SECRET = "hunter2-hunter2";
const HOSTILE = "<script>alert('x')</script>&\"\u001b]0;title\u0007";

const text = `runsheet: 1
name: eventful
title: A run in which much happens
params: { note: { type: string, default: ${JSON.stringify(HOSTILE)} } }
secrets: { token: { env: REPORT_TOKEN } }
steps:
  - id: agree
    confirm: 'Go on with \${{ params.note }}?'
  - id: print
    effect: read
    run: 'printf "%s\\n" \${{ params.note }} \${{ secrets.token }}'
  - id: hidden
    effect: read
    sensitive: true
    run: echo for nobody
  - id: hosts
    effect: read
    forEach: { items: [a, b, c, d, e, f], key: 'host-\${{ item }}', concurrency: 2, maxFailures: 1 }
    run: 'echo at \${{ item }}; test \${{ item }} != c'
  - id: skipped
    when: false
    effect: read
    run: echo never
`;

let bench: InProcess;
let report: RunReport;

beforeAll(async () => {
  bench = new InProcess();
  process.env.REPORT_TOKEN = SECRET;
  const { outcome } = await bench.runText(text, { answer: () => ({ kind: "approve", reason: "as agreed" }) });
  delete process.env.REPORT_TOKEN;
  expect(outcome.exitCode, outcome.summary).toBe(3);
  report = await reported();
});
afterAll(() => bench.remove());

async function reported(): Promise<RunReport> {
  const reader = readJournal(bench.runDir);
  const state = fold(reader.read());
  const processes = createProcesses();
  const tail = (dir: string) => processes.tail(`${bench.runDir}/${dir}`, 20);
  const made = await reportOf(state, reader.read(), { alive: false, next: ["runsheet retry r1 --failed"], tail });
  processes.close();
  reader.close();
  return made;
}

describe("a report", () => {
  test("as JSON is what its schema says", () => {
    const parsed = reportSchema.safeParse(JSON.parse(JSON.stringify(report)));
    expect(parsed.error?.issues).toBeUndefined();
  });

  test("tells who answered what and why, how items ended over time, and what steps printed last", () => {
    expect(report.answers[0]).toMatchObject({
      at: "agree",
      answer: "approve",
      reason: "as agreed",
      actor: { user: "op" },
    });
    expect(report.items.map(({ at, state }) => `${at} ${state}`).sort()).toEqual(
      ["a", "b", "c", "d", "e", "f"].map((key) => `hosts/host-${key} ${key === "c" ? "failed" : "done"}`),
    );
    expect(report.rates[0]).toMatchObject({ at: "hosts", total: 6 });
    expect(report.rates[0]?.points.at(-1)).toMatchObject({ ended: 6, failed: 1 });
    expect(report.logs.find(({ at }) => at === "print")?.lines.at(-1)).toBe("***");
    expect(report.failures).toMatchObject([{ at: "hosts/host-c", lines: ["at c"] }]);
    expect(report.attempts).toBe(8);
  });

  test("leaves sensitive output to those who ask for it by name", async () => {
    const logs = (...args: readonly string[]) => bench.run(["logs", bench.runId, "--state-dir", bench.state, ...args]);
    const shown = await logs();
    expect(shown.stdout).not.toContain("for nobody");
    expect(shown.stderr).toContain("--step hidden --raw");
    expect((await logs("--step", "hidden", "--raw")).stdout).toBe("for nobody\n");
  });

  const written: readonly (readonly [string, () => string])[] = [
    ["Markdown", () => reportAsMarkdown(report)],
    ["HTML", () => reportAsHtml(report)],
    ["JUnit", () => reportAsJunit(report)],
    ["JSON", () => JSON.stringify(report)],
  ];

  test.each(written)("as %s holds no secret, nothing of a sensitive step, and the next command", (name, write) => {
    const told = write();
    for (const form of [SECRET, Buffer.from(SECRET).toString("base64"), "for nobody"]) expect(told).not.toContain(form);
    if (name !== "JUnit") expect(told).toContain("runsheet retry r1 --failed");
  });

  test.each(written.slice(0, 3))("as %s cannot be made to say something by what it tells of", (name, write) => {
    const told = write();
    expect(told).not.toContain("\u001b");
    if (name !== "Markdown") expect(told).not.toContain("<script");
    else expect(told).not.toMatch(/^[^`]*<script/m);
  });

  test("as HTML is complete without asking anybody for anything", () => {
    const html = reportAsHtml(report);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(?:src|href)=|url\(|@import/);
  });
});
