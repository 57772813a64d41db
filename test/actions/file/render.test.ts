import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileActions } from "../../../src/actions/file/index.ts";
import { actionNamed, checkAction, contextIn, previewAction, runAction, temporaryDirectory } from "../context.ts";

const render = actionNamed(fileActions, "file.render");

describe("file.render", () => {
  test("writes the file with the asked permissions, making directories, and leaves an equal file alone", async () => {
    await using home = await temporaryDirectory();
    const given = {
      text: "stride = {{ stride }}\n",
      to: "conf/d/config.ini",
      values: { stride: 2_000_000 },
      mode: "0640",
    };
    const file = join(home.path, "conf/d/config.ini");
    const first = await runAction(render, given, contextIn({ cwd: home.path }));
    expect(first).toMatchObject({ kind: "ok", outputs: { file, changed: true } });
    expect(readFileSync(file, "utf8")).toBe("stride = 2000000\n");
    expect(statSync(file).mode & 0o777).toBe(0o640 & ~process.umask());
    const before = statSync(file).ino;
    expect(await runAction(render, given, contextIn({ cwd: home.path }))).toMatchObject({
      outputs: { changed: false },
    });
    expect(statSync(file).ino).toBe(before);
    expect(readdirSync(join(home.path, "conf/d"))).toEqual(["config.ini"]);
  });

  test("keeps the old file on request, and knows afterwards that it was done", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "t.txt"), "new {{ x }}\n");
    writeFileSync(join(home.path, "f"), "old\n");
    const given = { template: "t.txt", to: "f", values: { x: 1 }, backup: true };
    const context = contextIn({ cwd: home.path });
    expect(await checkAction(render, given, context)).toEqual({ kind: "not-done" });
    await runAction(render, given, context);
    expect(await checkAction(render, given, context)).toMatchObject({ kind: "done", outputs: { changed: true } });
    await runAction(render, given, context);
    expect(readFileSync(join(home.path, "f.bak"), "utf8")).toBe("old\n");
    expect(readFileSync(join(home.path, "f"), "utf8")).toBe("new 1\n");
  });

  test("previews the lines that would change and writes nothing", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "f"), "a = 1\nb = 2\n");
    const given = { text: "a = 1\nb = {{ b }}\n", to: "f", values: { b: 3 } };
    const preview = await previewAction(render, given, contextIn({ cwd: home.path }));
    expect(preview.lines.slice(1)).toEqual(["  a = 1", "- b = 2", "+ b = 3", "  "]);
    expect(readFileSync(join(home.path, "f"), "utf8")).toBe("a = 1\nb = 2\n");
  });

  test("refuses a template with missing values and leaves the file untouched", async () => {
    await using home = await temporaryDirectory();
    writeFileSync(join(home.path, "t.txt"), "ok\n{{ x }} {{ y }}\n");
    const result = await runAction(render, { template: "t.txt", to: "f" }, contextIn({ cwd: home.path }));
    expect(result).toMatchObject({
      kind: "failed",
      failure: {
        code: "template-refused",
        message: 't.txt:2: no value for "x"\nt.txt:2: no value for "y"',
        retryable: false,
      },
    });
    expect(existsSync(join(home.path, "f"))).toBe(false);
  });

  test("tells a missing template, and a directory that cannot be written, in plain words", async () => {
    await using home = await temporaryDirectory();
    const missing = await runAction(render, { template: "t.txt", to: "f" }, contextIn({ cwd: home.path }));
    expect(missing).toMatchObject({ kind: "failed", failure: { code: "file-missing" } });
    writeFileSync(join(home.path, "plain"), "");
    const inside = await runAction(render, { text: "x", to: "plain/f" }, contextIn({ cwd: home.path }));
    expect(inside.kind).toBe("failed");
    if (process.getuid?.() === 0) return;
    mkdirSync(join(home.path, "locked"));
    chmodSync(join(home.path, "locked"), 0o500);
    const locked = await runAction(render, { text: "x", to: "locked/f" }, contextIn({ cwd: home.path }));
    expect(locked).toMatchObject({ kind: "failed", failure: { code: "file-permission" } });
  });
});
