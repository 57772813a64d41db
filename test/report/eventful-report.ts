import type { RunReport } from "../../src/report/index.ts";

const START = Date.UTC(2026, 10, 21, 9, 0, 0);
const ada = { user: "ada", host: "ops-1", via: "screen" };

/** A report in which every part of a page has something to show. */
export function eventfulReport(): RunReport {
  const hosts = Array.from({ length: 6 }, (_, index) => `web-${index + 1}`);
  const step = (at: string, state: string, from: number, to: number) => ({
    at,
    state,
    attempts: 1,
    startedMs: START + from * 1000,
    endedMs: START + to * 1000,
    durationMs: (to - from) * 1000,
  });
  const many = Array.from({ length: 300 }, (_, index) => ({
    at: `warm/page-${index}`,
    state: index % 97 === 96 ? ("failed" as const) : ("done" as const),
    startedMs: START + 60_000 + Math.floor(index / 8) * 1000,
    endedMs: START + 60_000 + Math.floor(index / 8) * 1000 + 900,
  }));
  const steps = [
    step("look", "done", 0, 2),
    {
      ...step("restart", "done", 2, 60),
      items: { total: 6, done: 5, skipped: 0, failed: 1, running: 0 },
      failedItems: ["web-4"],
    },
    { ...step("warm", "done", 60, 98), items: { total: 300, done: 297, skipped: 0, failed: 3, running: 0 } },
    { ...step("cut", "halted", 98, 300), failure: "cut ended with exit code 1", exitCode: 1 },
  ];
  return {
    format: "runsheet-report/1",
    status: {
      run: "friday",
      runbook: "rolling-restart",
      file: "/srv/rolling-restart.yaml",
      lab: true,
      state: "paused",
      reason: "failed",
      exitCode: 1,
      createdMs: START,
      lastMs: START + 300_000,
      params: { service: "web", hosts },
      pins: { cluster: "prod-1" },
      steps,
      prompts: [],
      services: [],
      totals: { steps: { done: 3, skipped: 0, failed: 1 }, items: { done: 302, skipped: 0, failed: 4 } },
    },
    startedBy: ada,
    version: "0.1.0",
    durationMs: 300_000,
    attempts: 312,
    steps,
    items: [
      ...hosts.map((host, index) => ({
        at: `restart/${host}`,
        state: index === 3 ? ("failed" as const) : ("done" as const),
        startedMs: START + 2000 + index * 9000,
        endedMs: START + 11_000 + index * 9000,
      })),
      ...many,
    ],
    rates: [
      {
        at: "warm",
        total: 300,
        points: many.map(({ endedMs }, index) => ({
          wallMs: endedMs,
          ended: index + 1,
          failed: Math.floor(index / 96),
        })),
      },
    ],
    answers: [
      { wallMs: START + 1000, at: "look", question: "Go on?", answer: "approve", reason: "window is open", actor: ada },
    ],
    owners: [
      { wallMs: START, actor: ada, pid: 4711 },
      { wallMs: START + 97_000, actor: { ...ada, via: "headless" }, pid: 4712 },
    ],
    failures: [
      { wallMs: START + 38_000, at: "restart/web-4", message: "exit code 7", lines: ["no route to <web-4> & friends"] },
    ],
    doubts: [
      { wallMs: START + 99_000, at: "cut", as: "done", by: "operator", reason: "seen on the balancer", actor: ada },
    ],
    logs: [{ at: "look", attempt: 1, lines: ["Linux web-1", "x".repeat(300)] }],
    next: ["runsheet resume friday"],
    chain: { events: 1500, head: "0".repeat(64) },
    leftOut: { steps: 0, items: 0, failures: 0, logs: 0 },
  };
}
