import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verifyRun } from "../../src/journal/care/index.ts";
import { createRun, readJournal, runPaths } from "../../src/journal/index.ts";
import { created } from "./events.ts";
import { caught, drive, newRun, newStateDir } from "./rig.ts";

describe("a new run", () => {
  test("begins with its creation and keeps the exact bytes of its runbook", () => {
    const stateDir = newStateDir();
    const bytes = Buffer.from("runsheet: 1\r\nname: x # \u{1f600}\n");
    const dir = createRun(stateDir, "weekly", {
      runbookBytes: bytes,
      files: { "calls/other.yaml": Buffer.from("o") },
      created: created("weekly"),
      bootId: "b",
    });
    const reader = readJournal(dir);
    expect([...reader.read()]).toEqual([expect.objectContaining({ type: "run-created", seq: 1, epoch: 0 })]);
    expect(reader.row()).toMatchObject({ state: { kind: "new" }, runbook: "bp-switch", owner: undefined });
    reader.close();
    expect(readFileSync(runPaths(dir).runbook)).toEqual(bytes);
    expect(readFileSync(join(runPaths(dir).files, "calls/other.yaml"), "utf8")).toBe("o");
  });

  test("is private whatever the umask, which children inherit unchanged", async () => {
    const stateDir = newStateDir();
    for (const [index, umask] of ["000", "077", "277"].entries()) {
      const driver = drive(["create", stateDir.path, `run-${index}`], {
        wrapper: ["/bin/sh", "-c", `umask ${umask}; exec "$@"`, "sh"],
      });
      expect(await driver.ended).toBe(0);
      const dir = join(stateDir.runs, `run-${index}`);
      expect(modesIn(dir)).toEqual(new Set(["d700", "f600"]));
    }
  });

  test("keeps its log and its index private while it is carried out, too", async () => {
    const { dir } = newRun();
    const driver = drive(["hold", dir], { wrapper: ["/bin/sh", "-c", 'umask 000; exec "$@"', "sh"] });
    await driver.line("owned");
    expect(readdirSync(dir)).toEqual(expect.arrayContaining(["journal.db-wal", "journal.db-shm", "reserve"]));
    expect(modesIn(dir)).toEqual(new Set(["d700", "f600"]));
  });

  test("does not replace a run of the same id", () => {
    const { stateDir, dir } = newRun(newStateDir(), "weekly");
    const before = readFileSync(runPaths(dir).journal);
    const error = caught(() => newRun(stateDir, "weekly"));
    expect(error).toMatchObject({ exitCode: 73, hint: expect.stringContaining("runsheet resume weekly") });
    expect(readFileSync(runPaths(dir).journal)).toEqual(before);
  });

  test("is there whole or not at all when its maker is killed", async () => {
    const stateDir = newStateDir();
    const before = drive(["create", stateDir.path, "a"], {
      env: { RUNSHEET_FAULT: "journal.create-run.before=kill" },
    });
    expect(await before.ended).toBe("SIGKILL");
    expect(existsSync(join(stateDir.runs, "a"))).toBe(false);
    const after = drive(["create", stateDir.path, "a"], { env: { RUNSHEET_FAULT: "journal.create-run.after=kill" } });
    expect(await after.ended).toBe("SIGKILL");
    expect(await verifyRun(join(stateDir.runs, "a"))).toMatchObject({ ok: true, findings: [] });
  });

  test("leaves nothing behind when the disk is full", async () => {
    const stateDir = newStateDir();
    const driver = drive(["create", stateDir.path, "a"], {
      env: { RUNSHEET_FAULT: "journal.create-run.before=full" },
    });
    expect(await driver.ended).toBe(73);
    expect(driver.lines.join()).toContain("the disk is full");
    expect(readdirSync(stateDir.runs)).toEqual([]);
  });

  test("takes no file name that leads out of its directory", () => {
    const stateDir = newStateDir();
    for (const name of ["../x", "/etc/x", "a/../../x", "."]) {
      const run = { runbookBytes: Buffer.from(""), created: created("a"), bootId: "b" };
      expect(caught(() => createRun(stateDir, "a", { ...run, files: { [name]: Buffer.from("") } })).message).toContain(
        "is not a relative name",
      );
    }
    expect(readdirSync(stateDir.runs)).toEqual([]);
  });
});

function modesIn(dir: string): Set<string> {
  const modes = new Set([`d${(lstatSync(dir).mode & 0o7777).toString(8)}`]);
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const mode = lstatSync(join(entry.parentPath, entry.name)).mode & 0o7777;
    modes.add(`${entry.isDirectory() ? "d" : "f"}${mode.toString(8)}`);
  }
  return modes;
}
