import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/domain/event.ts";
import type { FrontEnd } from "../../src/domain/ports.ts";
import type { Actor, Prompt } from "../../src/domain/prompt.ts";
import type { RunState } from "../../src/domain/state.ts";
import { connectLink, startLink, type ToScreen } from "../../src/link/index.ts";
import { findSocketPath } from "../../src/link/socket-path.ts";

let dir = "";
const links: FrontEnd[] = [];
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "runsheet-link-")));
});
afterEach(async () => {
  for (const link of links.splice(0)) await link.close(outcome);
  rmSync(dir, { recursive: true, force: true });
});

const outcome = { exitCode: 3, summary: "1 item failed", next: ["runsheet retry a"] };
const ann: Actor = { user: "ann", host: "h", via: "screen" };
const ben: Actor = { user: "ben", host: "h", via: "screen" };
const question: Prompt = {
  id: "drop#1",
  at: "drop",
  purpose: "confirm",
  severity: "severe",
  title: "Drop?",
  text: "",
  evidence: [],
  expects: { kind: "approval", typed: "web-2" },
  hash: "one",
};
const aborted = () => new AbortController().signal;
const event = (seq: number, words = "") =>
  ({ type: "step-failed", seq, at: "a", n: 1, failure: { code: "x", message: words } }) as unknown as RecordedEvent;

async function link(waitForPeople: boolean, runDir = dir): Promise<{ link: FrontEnd; stops: string[] }> {
  const stops: string[] = [];
  const started = await startLink({
    runDir,
    runId: "a",
    lastSeq: () => 7,
    waitForPeople,
    stop: (kind, actor) => stops.push(`${kind} by ${actor.user}`),
  });
  links.push(started);
  return { link: started, stops };
}

async function screen(actor: Actor, canAnswer = true, runDir = dir) {
  const heard: ToScreen[] = [];
  const client = await connectLink(runDir, actor, canAnswer, (message) => heard.push(message));
  if (!client) throw new Error("nobody listens");
  return { ...client, heard };
}

test("every screen hears every event in order, and the farewell with the next commands", async () => {
  const { link: executor } = await link(true);
  const screens = [await screen(ann), await screen(ben, false)];
  for (let seq = 8; seq < 1_000; seq++) executor.notify(event(seq), {} as RunState);
  await executor.close(outcome);
  links.length = 0;
  for (const each of screens) {
    expect(each.seq).toBe(7);
    expect(await each.closed).toMatchObject(outcome);
    expect(each.heard.map((message) => (message.kind === "event" ? message.event.seq : 0))).toEqual(
      Array.from({ length: 992 }, (_, index) => index + 8),
    );
  }
  expect(await connectLink(dir, ann, true, () => {})).toBe(undefined);
  expect(readdirSync(dir)).toEqual([]);
});

test("the first fitting answer counts; a late one, an unfitting one and one to other words are told why not", async () => {
  const { link: executor } = await link(true);
  const [one, two] = [await screen(ann), await screen(ben)];
  const answered = executor.ask(question, aborted());
  expect(await one.answer(question, { kind: "approve", typed: "web-1" })).toContain("type exactly: web-2");
  expect(await one.answer({ ...question, hash: "other" }, { kind: "approve", typed: "web-2" })).toContain(
    "reads differently now",
  );
  expect(await two.answer(question, { kind: "approve", typed: "web-2" })).toBe(undefined);
  expect(await answered).toEqual({ answer: { kind: "approve", typed: "web-2" }, actor: ben });
  expect(await one.answer(question, { kind: "reject" })).toContain("no longer open");
});

test("integers beyond 2^53 arrive exact", async () => {
  const { link: executor } = await link(true);
  const one = await screen(ann);
  const wanted: Prompt = { ...question, expects: { kind: "value", spec: { type: "integer" } as never } };
  const answered = executor.ask(wanted, aborted());
  await one.answer(wanted, { kind: "value", value: 9007199254740993n });
  expect((await answered)?.answer).toEqual({ kind: "value", value: 9007199254740993n });
});

test("in batch a question waits only while somebody who can answer is attached", async () => {
  const { link: executor } = await link(false);
  expect(await executor.ask(question, aborted())).toBe(undefined);
  const reader = await screen(ben, false);
  expect(await executor.ask(question, aborted())).toBe(undefined);
  const person = await screen(ann);
  const open = executor.ask(question, aborted());
  person.close();
  expect(await open).toBe(undefined);
  reader.close();
});

test("a stop says who wanted it", async () => {
  const { stops } = await link(true);
  expect(await (await screen(ben)).stop("after-step")).toBe(undefined);
  expect(stops).toEqual(["after-step by ben"]);
});

test("a screen that does not read is dropped, and the others miss nothing", async () => {
  const { link: executor } = await link(true);
  const stalled = connect(findSocketPath(dir));
  stalled.pause();
  const gone = new Promise((resolve) => stalled.on("close", resolve));
  stalled.on("error", () => {});
  await new Promise((resolve) =>
    stalled.write(`${JSON.stringify({ kind: "attach", actor: ben, canAnswer: true })}\n`, resolve),
  );
  const reading = await screen(ann);
  const words = "x".repeat(64 * 1024);
  for (let seq = 8; seq < 208; seq++) {
    executor.notify(event(seq, words), {} as RunState);
    // What the reading screen has asked for last is answered only after all before it.
    await reading.stop("after-step");
  }
  expect(reading.heard).toHaveLength(200);
  stalled.resume();
  await gone;
});

test("what is no message ends that connection alone", async () => {
  const { link: executor } = await link(true);
  const one = await screen(ann);
  for (const garbage of ["GET / HTTP/1.1\r\n\r\n", "null\n", "{\n", '{"kind":"answer"}\n']) {
    const stranger = connect(findSocketPath(dir));
    const closed = new Promise((resolve) => stranger.on("close", resolve));
    stranger.on("error", () => {});
    stranger.end(garbage);
    stranger.resume();
    await closed;
  }
  executor.notify(event(8), {} as RunState);
  await one.stop("leave");
  expect(one.heard).toHaveLength(1);
});

test("only its owner can reach the socket, also when the run's path is too long for one", async () => {
  const { XDG_RUNTIME_DIR: before } = process.env;
  try {
    process.env.XDG_RUNTIME_DIR = dir;
    const usual = join(dir, `runsheet-${process.geteuid?.()}`);
    const places = ["short", `${"long".repeat(24)}-1`, `${"long".repeat(24)}-2`].map((name) => join(dir, name));
    const found: string[] = [];
    for (const place of places) {
      mkdirSync(place);
      await link(true, place);
      const path = findSocketPath(place);
      found.push(dirname(path));
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect((await screen(ann, true, place)).pid).toBe(process.pid);
      // From now on anybody could put a socket of theirs into it.
      if (found.length === 2) chmodSync(usual, 0o777);
    }
    expect(found.slice(0, 2)).toEqual([places[0], usual]);
    expect(found[2]).toMatch(new RegExp(`^${usual}-\\w+$`));
    expect(statSync(found[2] as string).mode & 0o777).toBe(0o700);
  } finally {
    if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = before;
  }
});

test("an executor that ends does not wait for a screen that comes while it says goodbye", async () => {
  const { link: ending } = await link(true);
  const first = await screen(ann);
  const closed = ending.close(outcome);
  // Knocks until nobody opens any more.
  const late: ReturnType<typeof connectLink>[] = [];
  for (let knock = 0; knock < 20; knock++) late.push(connectLink(dir, ben, true, () => {}));
  await closed;
  expect(await first.closed).toMatchObject({ kind: "bye" });
  for (const client of await Promise.all(late)) await client?.closed;
});

test("a screen asks for more than answers and gets its reply or the reason why not; one that only looks gets nothing", async () => {
  const asked: string[] = [];
  links.push(
    await startLink({
      runDir: dir,
      runId: "a",
      lastSeq: () => 7,
      waitForPeople: true,
      stop: () => {},
      request: async (request, actor) => {
        asked.push(`${request.kind} by ${actor.user}`);
        if (request.kind === "probe") throw new Error("the probe broke");
        if (request.kind === "place") return { kind: "ok", value: { cwd: "/", env: {}, secrets: [] } };
        return { kind: "failed", problem: "nothing waits" };
      },
    }),
  );
  const one = await screen(ann);
  expect(await one.request({ kind: "retry-now", at: "a" })).toEqual({ kind: "failed", problem: "nothing waits" });
  expect(await one.request({ kind: "place", at: "a" })).toEqual({
    kind: "ok",
    value: { cwd: "/", env: {}, secrets: [] },
  });
  expect(await one.request({ kind: "probe", at: "a" })).toEqual({ kind: "failed", problem: "the probe broke" });
  const looker = await screen(ben, false);
  expect(await looker.request({ kind: "retry-items", at: "a", keys: "failed" })).toMatchObject({ kind: "failed" });
  expect(asked).toEqual(["retry-now by ann", "place by ann", "probe by ann"]);
});
