import { describe, expect, test } from "vitest";
import { httpActions } from "../../../src/actions/http/index.ts";
import { actionNamed, contextIn, runAction, temporaryDirectory } from "../context.ts";
import { closedPort, startServer } from "./server.ts";

const poll = actionNamed(httpActions, "http.poll");
const quick = { every: "1ms", within: "20s" };

describe("http.poll", () => {
  test("asks until the answer is right", async () => {
    await using server = await startServer((_, response, count) => response.end(JSON.stringify({ head: 97 + count })));
    await using home = await temporaryDirectory();
    const given = { url: server.url, ...quick, until: { json: { head: { atLeast: 100 } } } };
    const context = contextIn({ cwd: home.path });
    expect(await runAction(poll, given, context)).toMatchObject({
      kind: "ok",
      outputs: { calls: 3, json: { head: 100 } },
    });
    expect(context.progressed.map(({ note }) => note)).toEqual([
      "head is 98, not at least 100",
      "head is 99, not at least 100",
    ]);
  });

  test("wants the right answer several times in a row when told so", async () => {
    const answers = ["true", "true", "false", "true", "true", "true"];
    await using server = await startServer((_, response, count) => response.end(answers[count - 1]));
    await using home = await temporaryDirectory();
    const given = { url: server.url, ...quick, until: { equals: "true" }, times: 3 };
    expect(await runAction(poll, given, contextIn({ cwd: home.path }))).toMatchObject({
      kind: "ok",
      outputs: { calls: 6 },
    });
  });

  test("bears refused and broken connections until its time is over, then says what it saw last", async () => {
    await using home = await temporaryDirectory();
    const url = `http://127.0.0.1:${await closedPort()}/`;
    const result = await runAction(poll, { url, every: "1ms", within: "30ms" }, contextIn({ cwd: home.path }));
    expect(result).toMatchObject({ kind: "failed", failure: { code: "http-poll-timeout" } });
    expect(result.kind === "failed" && result.failure.message).toContain("nothing listens there");
    await using server = await startServer((_, response, count) =>
      count < 3 ? response.socket?.destroy() : response.end("up"),
    );
    const recovered = await runAction(poll, { url: server.url, ...quick }, contextIn({ cwd: home.path }));
    expect(recovered).toMatchObject({ kind: "ok", outputs: { calls: 3, body: "up" } });
  });

  test("fails at once on an answer that it was told to fail on", async () => {
    await using server = await startServer((_, response, count) => {
      response.writeHead(count < 2 ? 200 : 500).end(count < 2 ? '{"state":"RUNNING"}' : '{"state":"FAILED"}');
    });
    await using home = await temporaryDirectory();
    const failWhen = [{ status: 500, json: { state: "FAILED" } }];
    const given = { url: server.url, ...quick, until: { json: { state: "DONE" } }, failWhen };
    expect(await runAction(poll, given, contextIn({ cwd: home.path }))).toMatchObject({
      kind: "failed",
      failure: { code: "http-poll-failed", retryable: false, message: expect.stringContaining("FAILED") },
    });
    expect(server.seen).toHaveLength(2);
  });

  test("ends soon after it is cancelled", async () => {
    const cancel = new AbortController();
    await using server = await startServer((_, response) => {
      response.writeHead(503).end();
      cancel.abort();
    });
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path, signal: cancel.signal });
    const result = await runAction(poll, { url: server.url, every: "1h", within: "2h" }, context);
    expect(result).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
  });
});
