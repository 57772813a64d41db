import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { books } from "./pictures/books.ts";
import { type Camera, Studio } from "./pictures/camera.ts";

/**
 * `npm run pictures [name...]` takes docs/pictures/*.svg: real runs in a pseudo-terminal, seen through a terminal emulator.
 * Times in them are those of the run that was shown.
 */
const target = fileURLToPath(new URL("../docs/pictures/", import.meta.url));
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const [columns, rows] = [110, 30];

type Scene = (studio: Studio) => Promise<string>;

const scenes: { readonly [name: string]: Scene } = {
  run: async (studio) => {
    headless(studio, [
      "run",
      "receipts-migration.yaml",
      "--run-id",
      "r-20261114",
      "-p",
      "pace=0.2",
      "--approve",
      "drop-old=receipts-old",
    ]);
    const camera = studio.open(
      ["run", "receipts-migration.yaml", "--run-id", "r-20261121", "-p", "pace=0.2"],
      columns,
      rows,
    );
    await camera.sees("era=1344");
    return camera.shoot(
      "The screen of a run: steps with their state on the left, output of the running step on the right",
    );
  },
  failure: async (studio) => {
    const camera = studio.open(["run", "nightly-backup.yaml", "--run-id", "r-backup-21"], columns, rows);
    await camera.sees("FAILED");
    return camera.shoot("A step failed: what it printed, and what can be done");
  },
  "fan-out": async (studio) => {
    const camera = studio.open(["run", "reindex-logs.yaml", "--run-id", "r-reindex-7"], columns, 18);
    await camera.sees(/17\d\/480|167 done/);
    await camera.sees(/cell = |1 cell/, "w");
    await settled(camera);
    return camera.shoot("The 480 items of a step as a grid, one cell each");
  },
  "in-doubt": async (studio) => {
    await doubtful(studio);
    const camera = studio.open(["resume", "r-snapshot-4"], columns, rows);
    await camera.sees("IN DOUBT");
    return camera.shoot("An attempt in doubt: evidence, and nothing preselected");
  },
  home: async (studio) => {
    for (const [id, book] of [
      ["r-restart-1", "restart-web"],
      ["r-restart-2", "restart-web"],
    ] as const) {
      headless(studio, ["run", `${book}.yaml`, "--run-id", id, "--approve", "replace=web-2"]);
    }
    await doubtful(studio);
    headless(studio, ["resume", "r-snapshot-4"]);
    headless(studio, ["run", "nightly-backup.yaml", "--run-id", "r-backup-21"]);
    const waiting = studio.open(["run", "restart-web.yaml", "--run-id", "r-restart-3"], columns, rows);
    await waiting.sees("Type web-2");
    waiting.close();
    const running = studio.open(["run", "receipts-migration.yaml", "--run-id", "r-migration-9"], columns, rows);
    await running.sees("era=1325");
    running.close();
    const camera = studio.open([], columns, rows);
    await camera.sees("RUNNING");
    await camera.sees(/RUNBOOKS \(\d/);
    await settled(camera);
    return camera.shoot("The home screen: what needs somebody, what runs, what can be started");
  },
};

/** A run whose machine went away in the middle of a step. */
async function doubtful(studio: Studio): Promise<void> {
  const camera = studio.open(["run", "snapshot-refresh.yaml", "--run-id", "r-snapshot-4"], columns, rows);
  await camera.sees("renaming");
  studio.kill();
  await camera.exited;
}

function headless(studio: Studio, args: readonly string[]): void {
  try {
    execFileSync(process.execPath, [main, ...args, "--headless", "--quiet"], {
      cwd: studio.dir,
      env: studio.env,
      stdio: "ignore",
    });
  } catch {
    // Some of them are meant to fail.
  }
}

/** Until nothing but clocks changes. */
async function settled(camera: Camera): Promise<void> {
  for (let before = ""; before !== camera.text().replace(/\d/g, ""); ) {
    before = camera.text().replace(/\d/g, "");
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

const wanted = process.argv.slice(2);
mkdirSync(target, { recursive: true });
for (const [name, scene] of Object.entries(scenes)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const studio = new Studio();
  try {
    for (const [file, text] of Object.entries(books)) studio.file(file, text);
    writeFileSync(join(target, `${name}.svg`), await scene(studio));
    process.stdout.write(`docs/pictures/${name}.svg\n`);
  } finally {
    studio.close();
  }
}
process.exit(0);
