import { appendFileSync, existsSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logActions } from "../../../src/actions/log/index.ts";
import type { Json } from "../../../src/domain/json.ts";
import { actionNamed, contextIn, runAction, type TestContext, temporaryDirectory } from "../context.ts";

const watch = actionNamed(logActions, "log.watch");
const quick = { every: "1ms", within: "20s" };

/** Runs the watch and calls `steps` one after the other, each when the action has reported progress again. */
async function watchWhile(given: object, cwd: string, steps: (() => void)[], lastCheckpoint?: Json) {
  const plain = contextIn({ cwd, ...(lastCheckpoint === undefined ? {} : { lastCheckpoint }) });
  const context: TestContext = {
    ...plain,
    progress: (progress) => {
      plain.progress(progress);
      steps.shift()?.();
    },
  };
  return { result: await runAction(watch, { ...quick, ...given }, context), context };
}

describe("log.watch on a file", () => {
  test("finds a line that is there already, with its groups", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "node.log"), "one\r\nReceived block 0a1b... #73490000 @ now\r\nthree\n");
    const given = { file: "node.log", until: "Received block (\\S+)\\.\\.\\. #(?<height>\\d+)" };
    const { result } = await watchWhile(given, home.path, []);
    expect(result).toMatchObject({
      kind: "ok",
      outputs: {
        line: "Received block 0a1b... #73490000 @ now",
        groups: { 1: "0a1b", 2: "73490000", height: "73490000" },
        lines: 2,
      },
    });
  });

  test("waits for the file, for the end of a line, and for as many matches as asked", async () => {
    await using home = await temporaryDirectory();
    const log = join(home.path, "node.log");
    const { result, context } = await watchWhile({ file: "node.log", until: "block", times: 2 }, home.path, [
      () => writeFileSync(log, "bl"),
      () => appendFileSync(log, "ock 1\nother\nblo"),
      () => appendFileSync(log, "ck 2"),
      () => appendFileSync(log, "\n"),
    ]);
    expect(result).toMatchObject({ kind: "ok", outputs: { line: "block 2", matches: 2 } });
    expect(context.progressed[0]).toMatchObject({ note: "waiting for the file", total: 2 });
    expect(context.lines).toEqual(["block 1", "block 2"]);
  });

  test("goes on in the new file after a rotation, reading the old one to its end", async () => {
    await using home = await temporaryDirectory();
    const log = join(home.path, "node.log");
    writeFileSync(log, "old\n");
    const rotate = () => {
      appendFileSync(log, "match in the old one\n");
      renameSync(log, `${log}.1`);
      appendFileSync(`${log}.1`, "match after the rename\n");
      writeFileSync(log, "match in the new one\n");
    };
    const { context } = await watchWhile({ file: "node.log", until: "match", times: 3 }, home.path, [rotate]);
    expect(context.lines).toEqual(["match in the old one", "match after the rename", "match in the new one"]);
  });

  test("starts over in a file that was cut off", async () => {
    await using home = await temporaryDirectory();
    const log = join(home.path, "node.log");
    writeFileSync(log, "a long line that is no match\n");
    const cut = () => {
      truncateSync(log, 0);
      appendFileSync(log, "match\n");
    };
    const { result } = await watchWhile({ file: "node.log", until: "^match" }, home.path, [cut]);
    expect(result.kind).toBe("ok");
  });

  test("looks only at what comes when told to begin at the end", async () => {
    await using home = await temporaryDirectory();
    const log = join(home.path, "node.log");
    writeFileSync(log, "match of yesterday\n");
    const given = { file: "node.log", until: "match", from: "end" };
    const { result } = await watchWhile(given, home.path, [() => appendFileSync(log, "match of today\n")]);
    expect(result).toMatchObject({ kind: "ok", outputs: { line: "match of today" } });
  });

  test("goes on where an earlier attempt was, without counting a line twice", async () => {
    await using home = await temporaryDirectory();
    const log = join(home.path, "node.log");
    writeFileSync(log, "match 1\nmatch 2\n");
    const given = { file: "node.log", until: "match", times: 3, ...quick };
    const cancel = new AbortController();
    const first = contextIn({
      cwd: home.path,
      signal: cancel.signal,
      onCheckpoint: (value) => {
        if ((value as { matches: number }).matches === 2) cancel.abort();
      },
    });
    expect(await runAction(watch, given, first)).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
    appendFileSync(log, "match 3\nmatch 4\n");
    const { result, context } = await watchWhile(given, home.path, [], first.checkpoints.at(-1));
    expect(result).toMatchObject({ kind: "ok", outputs: { line: "match 3", matches: 3 } });
    expect(context.lines).toEqual(["match 3"]);
  });

  test("fails at once on a line that it was told to fail on, and shows the last lines", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "node.log"), "starting\nERROR: dirty flag set\nmatch\n");
    const given = { file: "node.log", until: "match", fail: ["fatal", "error"], ignoreCase: true };
    const { result, context } = await watchWhile(given, home.path, []);
    expect(result).toMatchObject({
      kind: "failed",
      failure: {
        code: "log-failed-line",
        retryable: false,
        message: "node.log: a line matched /error/: ERROR: dirty flag set",
      },
    });
    expect(context.lines).toEqual(["ERROR: dirty flag set", "  starting", "  ERROR: dirty flag set"]);
  });

  test("says when its time is over, and when nothing came any more", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "node.log"), "starting\n");
    const over = await watchWhile({ file: "node.log", until: "never", within: "30ms" }, home.path, []);
    expect(over.result).toMatchObject({ kind: "failed", failure: { code: "log-timeout" } });
    const idle = await watchWhile({ file: "node.log", until: "never", idle: "10ms" }, home.path, []);
    expect(idle.result).toMatchObject({
      kind: "failed",
      failure: { code: "log-idle", details: { lastLines: ["starting"] } },
    });
  });

  test("reads a huge line without a newline in bounded memory", async () => {
    await using home = await temporaryDirectory();
    const log = join(home.path, "node.log");
    writeFileSync(log, Buffer.alloc(64 * 1024 * 1024, "x"));
    appendFileSync(log, "\nmatch\n");
    const before = process.memoryUsage().rss;
    const { result } = await watchWhile({ file: "node.log", until: "match" }, home.path, []);
    expect(result).toMatchObject({ kind: "ok", outputs: { lines: 2 } });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("names a directory or an unreadable file as the problem", async () => {
    await using home = await temporaryDirectory();
    const { result } = await watchWhile({ file: ".", until: "x" }, home.path, []);
    expect(result).toMatchObject({ kind: "failed", failure: { code: "file-missing" } });
  });
});

describe("log.watch on a command", () => {
  test("finds a line on standard output or standard error and stops the command with all it started", async () => {
    await using home = await temporaryDirectory();
    const command = "sh -c 'echo $$ >pid; echo starting; echo ready >&2; exec sleep 1000' & wait";
    const { result } = await watchWhile({ command, until: "ready" }, home.path, []);
    expect(result).toMatchObject({ kind: "ok", outputs: { line: "ready" } });
    await expectGone(join(home.path, "pid"));
  });

  test("fails when the command ends first, or cannot be started", async () => {
    await using home = await temporaryDirectory();
    const ended = await watchWhile({ command: "echo a; exit 3", until: "ready" }, home.path, []);
    expect(ended.result).toMatchObject({
      kind: "failed",
      failure: { code: "log-ended", message: "echo a; exit 3 ended with code 3 before a line matched" },
    });
    const absent = await watchWhile({ command: ["no-such-program-here"], until: "ready" }, home.path, []);
    expect(absent.result).toMatchObject({ kind: "failed", failure: { code: "log-command-failed", retryable: false } });
  });

  test("starts the command again when told so", async () => {
    await using home = await temporaryDirectory();
    const command = "echo x >>turns; test $(wc -l <turns) = 3 && echo ready";
    const { result } = await watchWhile({ command, until: "ready", restart: true }, home.path, []);
    expect(result.kind).toBe("ok");
    expect(await readFile(join(home.path, "turns"), "utf8")).toBe("x\nx\nx\n");
  });

  test("passes arguments as they are, and the step's own environment", async () => {
    await using home = await temporaryDirectory();
    const context = contextIn({ cwd: home.path, env: { WHO: "me" } });
    const command = ["sh", "-c", 'echo "$1 $WHO"', "sh", "a  b; touch pwned"];
    const given = { ...quick, command, until: ".+" };
    expect(await runAction(watch, given, context)).toMatchObject({ outputs: { line: "a  b; touch pwned me" } });
    expect(existsSync(join(home.path, "pwned"))).toBe(false);
  });

  test("ends when it is cancelled or idle although a background process holds the pipe", async () => {
    await using home = await temporaryDirectory();
    const command = "sleep 1000 & echo $! >pid; echo started";
    const cancel = new AbortController();
    const plain = contextIn({ cwd: home.path, signal: cancel.signal });
    const context = { ...plain, progress: () => cancel.abort() };
    const result = await runAction(watch, { ...quick, command, until: "ready" }, context);
    expect(result).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
    await expectGone(join(home.path, "pid"));
    const idle = await watchWhile({ command: "sleep 1000", until: "ready", idle: "20ms" }, home.path, []);
    expect(idle.result).toMatchObject({ kind: "failed", failure: { code: "log-idle" } });
  });

  test("survives a flood of lines", async () => {
    await using home = await temporaryDirectory();
    const { result } = await watchWhile({ command: "yes | head -n 300000; echo ready", until: "ready" }, home.path, []);
    expect(result).toMatchObject({ kind: "ok", outputs: { lines: 300_001 } });
  });
});

test("either a file or a command is watched, and patterns are checked before anything runs", () => {
  for (const given of [
    { until: "x" },
    { until: "x", file: "a", command: "b" },
    { file: "a", until: "(" },
    { file: "a", until: [] },
  ]) {
    expect(watch.params.safeParse(given).success).toBe(false);
  }
});

/** Its pipes are closed; the kernel may need another moment. A zombie is gone, somebody only has to take note. */
async function expectGone(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8"));
  const state = () =>
    readFile(`/proc/${pid}/stat`, "utf8").then(
      (stat) => /\) (.)/.exec(stat)?.[1],
      () => "gone",
    );
  await expect.poll(state, { interval: 5, timeout: 10_000 }).toMatch(/^(gone|Z|X)$/);
}
