import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findNamedRunbook, listNamedRunbooks, starterRunbook } from "../../src/runbook/index.ts";
import { loadText } from "./rig.ts";

const scratch = mkdtempSync(join(tmpdir(), "runsheet-list-"));
afterAll(() => rmSync(scratch, { recursive: true }));

describe("a new runbook", () => {
  test.each(["restart-web", "Restart Web!", "../../etc/passwd", "", "ÄÖÜ", "x".repeat(200), "1st", "a: b"])(
    "named %j is valid without a warning",
    async (name) => {
      const loaded = await loadText(starterRunbook(name));
      expect(loaded.kind === "invalid" ? loaded.diagnostics : loaded.warnings).toEqual([]);
    },
  );

  test("has the name that was asked for", async () => {
    expect(await loadText(starterRunbook("restart-web"))).toMatchObject({ runbook: { name: "restart-web" } });
    expect(await loadText(starterRunbook("Restart Web"))).toMatchObject({ runbook: { name: "restart-web" } });
  });
});

describe("the list of runbooks", () => {
  test("names directories and files, the first directory first", async () => {
    const [mine, theirs] = [join(scratch, "mine"), join(scratch, "theirs")];
    mkdirSync(join(mine, "deploy"), { recursive: true });
    mkdirSync(join(mine, "not-a-runbook"));
    mkdirSync(theirs);
    writeFileSync(join(mine, "deploy", "runbook.yaml"), "runsheet: 1\nname: deploy\ntitle: Deploy\ndescription: How\n");
    writeFileSync(join(mine, "deploy", "lab.yaml"), "{}");
    writeFileSync(join(mine, "backup.yml"), "runsheet: 1\nname: backup\n");
    writeFileSync(join(mine, "other.yaml"), "kind: Deployment\n");
    writeFileSync(join(mine, "broken.yaml"), "a: [\n");
    writeFileSync(join(theirs, "deploy.yaml"), "runsheet: 1\nname: deploy\ntitle: Not this one\n");
    expect(await listNamedRunbooks([mine, theirs, join(scratch, "nowhere")])).toEqual([
      { name: "backup", file: join(mine, "backup.yml") },
      {
        name: "deploy",
        file: join(mine, "deploy", "runbook.yaml"),
        title: "Deploy",
        description: "How",
        lab: join(mine, "deploy", "lab.yaml"),
      },
    ]);
    const found = (name: string) => findNamedRunbook([mine, theirs], name);
    expect(await found("deploy")).toBe(join(mine, "deploy", "runbook.yaml"));
    expect(await found("backup")).toBe(join(mine, "backup.yml"));
    for (const none of ["other", "not-a-runbook", "../runbooks/deploy", "nowhere", "."]) {
      expect(await found(none)).toBe(undefined);
    }
  });
});
