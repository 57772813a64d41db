import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileSystemOfType } from "../../src/journal/file-system.ts";
import { findRun, makeRunId, openStateDir, runIdProblem, stateDirPath } from "../../src/journal/index.ts";
import { caught, newRun, temporaryDirectory } from "./rig.ts";

const root = process.geteuid?.() === 0;

describe("where the state is kept", () => {
  test("--state-dir comes first, then XDG_STATE_HOME, then the home directory", () => {
    expect(stateDirPath("/a/b", { XDG_STATE_HOME: "/x", HOME: "/h" })).toBe("/a/b");
    expect(stateDirPath(undefined, { XDG_STATE_HOME: "/x", HOME: "/h" })).toBe("/x/runsheet");
    expect(stateDirPath(undefined, { HOME: "/h" })).toBe("/h/.local/state/runsheet");
  });

  test("a relative XDG_STATE_HOME is ignored, as its specification asks", () => {
    expect(stateDirPath(undefined, { XDG_STATE_HOME: "state", HOME: "/h" })).toBe("/h/.local/state/runsheet");
  });

  test("directories are made for the operator alone", () => {
    const dir = openStateDir(join(temporaryDirectory(), "deep", "state"));
    for (const path of [dir.path, dir.runs, dir.mutexes]) expect(lstatSync(path).mode & 0o7777).toBe(0o700);
  });

  test("verbs that only look create nothing", () => {
    const parent = temporaryDirectory();
    const dir = openStateDir(join(parent, "state"), { create: false });
    expect(readdirSync(parent)).toEqual([]);
    expect(findRun(dir, "r-1")).toBeUndefined();
  });
});

describe("a state directory is refused with exit code 73", () => {
  test("when others can write to it, with the command that mends it", () => {
    const path = join(temporaryDirectory(), "state");
    mkdirSync(path);
    for (const mode of [0o777, 0o720]) {
      chmodSync(path, mode);
      const error = caught(() => openStateDir(path));
      expect(error).toMatchObject({ exitCode: 73, hint: `make it yours alone: chmod 700 ${path}` });
      expect(error.message).toContain("can be written by others");
    }
  });

  test("when anybody could replace it because a directory above is open to all", () => {
    const above = join(temporaryDirectory(), "open");
    mkdirSync(above);
    chmodSync(above, 0o777);
    const error = caught(() => openStateDir(join(above, "state")));
    expect(error.exitCode).toBe(73);
    expect(error.message).toContain(`everybody can write to ${above}`);
  });

  test.runIf(root)("when it belongs to somebody else", () => {
    const path = join(temporaryDirectory(), "state");
    mkdirSync(path);
    chownSync(path, 12345, 12345);
    const error = caught(() => openStateDir(path));
    expect(error).toMatchObject({ exitCode: 73, message: expect.stringContaining("belongs to uid 12345") });
  });

  test.runIf(root)("when it is somebody else's symbolic link; one of our own is followed once", () => {
    const parent = temporaryDirectory();
    const real = openStateDir(join(parent, "real"));
    const link = join(parent, "link");
    symlinkSync(real.path, link);
    expect(openStateDir(link).path).toBe(real.path);
    lchownSync(link, 12345, 12345);
    expect(caught(() => openStateDir(link)).message).toContain("symbolic link of uid 12345");
  });

  test.runIf(root)("not when only a directory above belongs to somebody else, but then with a warning", () => {
    const above = join(temporaryDirectory(), "theirs");
    mkdirSync(above);
    chownSync(above, 12345, 12345);
    expect(openStateDir(join(above, "state")).warnings).toEqual([
      expect.stringContaining(`${above} belongs to uid 12345, who could replace the state directory`),
    ]);
  });

  test("when its runs were replaced by a symbolic link", () => {
    const parent = temporaryDirectory();
    mkdirSync(join(parent, "state"), { mode: 0o700 });
    mkdirSync(join(parent, "elsewhere"), { mode: 0o700 });
    symlinkSync(join(parent, "elsewhere"), join(parent, "state", "runs"));
    expect(caught(() => openStateDir(join(parent, "state")))).toMatchObject({
      exitCode: 73,
      message: expect.stringContaining("is a symbolic link"),
    });
    expect(readdirSync(join(parent, "elsewhere"))).toEqual([]);
  });

  test("when a file is in the way, saying so", () => {
    const path = join(temporaryDirectory(), "state");
    writeFileSync(path, "");
    const error = caught(() => openStateDir(join(path, "deeper")));
    expect(error.exitCode).toBe(73);
    expect(error.message).toContain(`cannot create the state directory ${path}/deeper`);
    expect(error.hint).toContain("--state-dir");
  });

  test("when its name is empty or holds a NUL", () => {
    for (const path of ["", "a\0b"]) expect(caught(() => openStateDir(path)).exitCode).toBe(73);
  });

  test("file systems of the network are known by their type", () => {
    expect(fileSystemOfType(0x6969)).toEqual({ kind: "network", name: "NFS" });
    expect(fileSystemOfType(0xff534d42 | 0)).toEqual({ kind: "network", name: "CIFS" });
    expect(fileSystemOfType(0x65735546)).toMatchObject({ kind: "network" });
    expect(fileSystemOfType(0x01021997)).toMatchObject({ kind: "network" });
    expect(fileSystemOfType(0xef53)).toEqual({ kind: "local" });
    expect(fileSystemOfType(0x01021994)).toEqual({ kind: "volatile", name: "tmpfs" });
  });
});

describe("run ids", () => {
  test("sort by the time of their start and stay readable", () => {
    const bytes = new Uint8Array([0, 1, 2, 3]);
    const first = makeRunId(Date.UTC(2026, 2, 17, 14, 25, 30), bytes);
    expect(first).toBe("r-20260317-142530-2345");
    expect(first < makeRunId(Date.UTC(2026, 2, 17, 14, 25, 31), bytes)).toBe(true);
    expect(runIdProblem(makeRunId())).toBeUndefined();
  });

  test("are refused when they could lead out of the state directory or confuse a reader", () => {
    for (const id of ["", "../../x", "/etc", "a/b", ".hidden", "..", "a\0b", "a b", "-rf", "é", "x".repeat(300)]) {
      expect(runIdProblem(id), id).toBeTypeOf("string");
    }
    for (const id of ["weekly-7", "BP.switch_2026"]) expect(runIdProblem(id)).toBeUndefined();
  });

  test("that are refused find no run and create none", () => {
    const { stateDir } = newRun();
    expect(findRun(stateDir, "../runs")).toBeUndefined();
    expect(caught(() => newRun(stateDir, "../../x"))).toMatchObject({ exitCode: 73 });
    expect(readdirSync(stateDir.runs)).toHaveLength(1);
  });
});
