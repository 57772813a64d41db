import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { httpActions } from "../../../src/actions/http/index.ts";
import { actionNamed, checkAction, contextIn, previewAction, runAction, temporaryDirectory } from "../context.ts";
import { closedPort, startServer } from "./server.ts";

const request = actionNamed(httpActions, "http.request");

describe("http.request", () => {
  test("returns status, headers, body and JSON with exact integers", async () => {
    await using server = await startServer((_, response) => {
      response.setHeader("content-type", "application/json").end('{"height": 18446744073709551615, "ok": true}');
    });
    await using home = await temporaryDirectory();
    const result = await runAction(
      request,
      { url: `${server.url}/v1?a=b`, query: { q: "x y&z" } },
      contextIn({ cwd: home.path }),
    );
    expect(result).toMatchObject({
      kind: "ok",
      outputs: { status: 200, json: { height: "18446744073709551615", ok: true } },
    });
    expect(server.seen[0]).toMatchObject({ method: "GET", url: "/v1?a=b&q=x+y%26z" });
  });

  test("sends JSON, headers and secrets, and an Idempotency-Key that stays the same over attempts", async () => {
    await using server = await startServer((_, response) => response.writeHead(201).end("done"));
    await using home = await temporaryDirectory();
    const given = {
      url: server.url,
      method: "POST",
      json: { block: 5 },
      headers: { "X-Trace": "7" },
      secretHeaders: { Authorization: { secret: "token", prefix: "Bearer " } },
    };
    for (const attemptId of ["one", "two"]) {
      const context = contextIn({ cwd: home.path, attemptId, stepKey: "run/step", secrets: { token: "s3cret" } });
      expect(await runAction(request, given, context)).toMatchObject({
        kind: "ok",
        outputs: { status: 201, body: "done" },
      });
      expect(JSON.stringify([context.lines, context.progressed])).not.toContain("s3cret");
    }
    for (const { headers, body } of server.seen) {
      expect(headers).toMatchObject({
        authorization: "Bearer s3cret",
        "x-trace": "7",
        "content-type": "application/json",
        "idempotency-key": "run/step",
      });
      expect(body).toBe('{"block":5}');
    }
  });

  test("fails on an unexpected answer, says why, and logs the answer", async () => {
    await using server = await startServer((seen, response) => {
      response.writeHead(seen.url === "/missing" ? 404 : 503).end("no such thing\nreally");
    });
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path });
    expect(await runAction(request, { url: `${server.url}/missing` }, context)).toMatchObject({
      kind: "failed",
      failure: {
        code: "http-unexpected-answer",
        message: expect.stringContaining("the status is 404, not 2xx"),
        retryable: false,
      },
    });
    expect(context.lines).toEqual([`GET ${server.url}/missing: 404`, "no such thing", "really"]);
    const busy = await runAction(request, { url: `${server.url}/busy` }, context);
    expect(busy.kind === "failed" && busy.failure.retryable).toBeUndefined();
  });

  test("says that nothing listens, and that it may be tried again", async () => {
    await using home = await temporaryDirectory();
    const url = `http://127.0.0.1:${await closedPort()}/`;
    for (const method of ["GET", "POST"]) {
      const result = await runAction(request, { url, method }, contextIn({ cwd: home.path }));
      expect(result).toMatchObject({ kind: "failed", failure: { code: "http-unreachable" } });
      expect(result.kind === "failed" && result.failure.message).toContain("nothing listens there");
    }
  });

  test("calls a POST whose answer is lost by its name and does not have it retried; a lost GET may be", async () => {
    await using server = await startServer((_, response) => response.socket?.destroy());
    await using home = await temporaryDirectory();
    const lost = await runAction(
      request,
      { url: server.url, method: "POST", body: "x" },
      contextIn({ cwd: home.path }),
    );
    expect(lost).toMatchObject({ kind: "failed", failure: { code: "http-answer-lost", retryable: false } });
    const get = await runAction(request, { url: server.url }, contextIn({ cwd: home.path }));
    expect(get).toMatchObject({ kind: "failed", failure: { code: "http-unreachable" } });
  });

  test("is in doubt after an interrupted POST, and repeated after an interrupted GET", async () => {
    await using home = await temporaryDirectory();
    const verdict = (method: string) =>
      checkAction(request, { url: "http://127.0.0.1:1", method }, contextIn({ cwd: home.path })).then(
        ({ kind }) => kind,
      );
    expect(await verdict("POST")).toBe("unknown");
    expect(await verdict("PATCH")).toBe("unknown");
    expect(await verdict("GET")).toBe("not-done");
    expect(await verdict("PUT")).toBe("not-done");
  });

  test("writes a body to a file whole or not at all", async () => {
    await using server = await startServer((seen, response) => {
      response.writeHead(200, { "content-length": "6" });
      if (seen.url === "/whole") response.end("abcdef");
      else response.write("abc", () => response.socket?.destroy());
    });
    await using home = await temporaryDirectory();
    const ok = await runAction(
      request,
      { url: `${server.url}/whole`, out: "deep/file" },
      contextIn({ cwd: home.path }),
    );
    expect(ok).toMatchObject({ kind: "ok", outputs: { file: join(home.path, "deep/file"), body: "" } });
    expect(readFileSync(join(home.path, "deep/file"), "utf8")).toBe("abcdef");
    const cut = await runAction(
      request,
      { url: `${server.url}/cut`, out: "deep/other" },
      contextIn({ cwd: home.path }),
    );
    expect(cut.kind).toBe("failed");
    expect(readdirSync(join(home.path, "deep"))).toEqual(["file"]);
  });

  test("refuses an answer that is larger than allowed", async () => {
    await using server = await startServer((_, response) => response.end("x".repeat(5000)));
    await using home = await temporaryDirectory();
    const result = await runAction(request, { url: server.url, maxBody: 100 }, contextIn({ cwd: home.path }));
    expect(result).toMatchObject({ kind: "failed", failure: { code: "http-body-too-large", retryable: false } });
  });

  test("follows redirects, keeps credentials to their origin, and stops in a loop", async () => {
    await using other = await startServer((_, response) => response.end("there"));
    await using server = await startServer((seen, response) => {
      response.writeHead(302, { location: seen.url === "/loop" ? "/loop" : `${other.url}/new` }).end();
    });
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path, secrets: { t: "s3cret" } });
    const given = {
      url: `${server.url}/old`,
      method: "POST",
      body: "x",
      secretHeaders: { Authorization: { secret: "t" } },
    };
    expect(await runAction(request, given, context)).toMatchObject({ kind: "ok", outputs: { body: "there" } });
    expect(other.seen[0]).toMatchObject({ method: "GET", url: "/new", body: "" });
    expect(other.seen[0]!.headers.authorization).toBeUndefined();
    const loop = await runAction(request, { url: `${server.url}/loop` }, context);
    expect(loop).toMatchObject({ kind: "failed", failure: { code: "http-too-many-redirects" } });
  });

  test("gives up at its timeout, and ends at once when it is cancelled", async () => {
    await using server = await startServer(() => {});
    await using home = await temporaryDirectory();
    const late = await runAction(request, { url: server.url, timeout: "20ms" }, contextIn({ cwd: home.path }));
    expect(late).toMatchObject({ kind: "failed", failure: { code: "http-timeout" } });
    const cancel = new AbortController();
    const running = runAction(request, { url: server.url }, contextIn({ cwd: home.path, signal: cancel.signal }));
    cancel.abort();
    expect(await running).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
  });

  test("tells a missing certificate file as such", async () => {
    await using home = await temporaryDirectory();
    const result = await runAction(
      request,
      { url: "https://127.0.0.1:1", caFile: "ca.pem" },
      contextIn({ cwd: home.path }),
    );
    expect(result).toMatchObject({ kind: "failed", failure: { code: "file-missing" } });
  });

  test("previews in words, without sending anything or showing a password", async () => {
    await using server = await startServer((_, response) => response.end());
    await using home = await temporaryDirectory();
    const url = server.url.replace("://", "://user:pass@");
    const preview = await previewAction(request, { url, method: "POST", out: "x" }, contextIn({ cwd: home.path }));
    expect(preview.lines.join("\n")).toContain("would send POST http://user:***@127.0.0.1");
    expect(server.seen).toEqual([]);
    expect(existsSync(join(home.path, "x"))).toBe(false);
  });
});
