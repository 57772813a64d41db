import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/domain/event.ts";
import { openJournal } from "../../src/journal/index.ts";
import { trials } from "../rig/trials.ts";
import { DiskModel, everything, nothingMore, type Survival, torn } from "./disk-model.ts";
import { owner } from "./events.ts";
import { driverFile, long, newRun, own, temporaryDirectory } from "./rig.ts";
import { needsStrace, sample, seed, seeded, straceWorks, traceOf } from "./strace.ts";

const random = seeded(seed);

describe(`power loss (seed ${seed})${needsStrace}`, () => {
  test.runIf(straceWorks)(
    "at any moment: the run opens, and holds every event that was announced before",
    async () => {
      const run = newRun();
      const files = filesOf(run.dir);
      const trace = traceOfDriver(["write", run.dir, long ? "6" : "3"]);
      const final = await own(run);
      const all = [...final.read()];
      final.close();

      const moments = imagesAt(run.dir, files, trace);
      const chosen = long ? moments : sample(moments, 90, random);
      expect(chosen.length).toBeGreaterThan(80);
      trials(chosen.length);
      const place = temporaryDirectory();
      for (const { image, announced, what } of chosen) {
        const dir = materialize(image, run.dir, place);
        const events = await eventsAfter(dir, what);
        expect(events.slice(0, -1), what).toEqual(all.slice(0, events.length - 1));
        expect(events.length - 1, what).toBeGreaterThanOrEqual(announced);
        rmSync(dirname(dir), { recursive: true });
      }
    },
    600_000,
  );

  test.runIf(straceWorks)(
    "would be noticed here: without the syncs of its log a journal loses what was announced",
    async () => {
      const run = newRun();
      const files = filesOf(run.dir);
      const trace = traceOfDriver(["write", run.dir, "3"]);
      // What the driver's default (WAL with synchronous=NORMAL) leaves out.
      const careless = trace.filter((line) => !/^f(data)?sync\(\d+<[^>]*-wal>/.test(line));
      expect(careless.length).toBeLessThan(trace.length - 10);
      const worst = imagesAt(run.dir, files, careless).findLast(
        ({ announced, what, image }) =>
          announced === 14 && what.endsWith("nothing more") && image.has(`${run.dir}/journal.db-wal`),
      );
      const dir = materialize(worst?.image as Image, run.dir, temporaryDirectory());
      expect((await eventsAfter(dir, "careless")).length).toBeLessThan(14);
    },
  );

  test.runIf(straceWorks)(
    "is modelled on what really happens: with everything written, the image is the directory",
    () => {
      const run = newRun();
      const files = filesOf(run.dir);
      const disk = new DiskModel(run.dir, files);
      for (const line of traceOfDriver(["write", run.dir, "3"])) disk.apply(line);
      expect(disk.image(everything)).toEqual(filesOf(run.dir));
    },
  );
});

type Image = ReadonlyMap<string, Buffer | "directory">;

/** After each system call: nothing of what was not synced survives, all of it, or torn parts. */
function imagesAt(dir: string, files: Image, trace: readonly string[]) {
  const disk = new DiskModel(dir, files);
  const images: { image: Image; announced: number; what: string }[] = [];
  let announced = 0;
  const survivals: readonly (readonly [string, Survival])[] = [
    ["nothing more", nothingMore],
    ["everything", everything],
    ...Array.from({ length: long ? 4 : 1 }, () => ["torn", torn(random)] as const),
  ];
  for (const [number, line] of trace.entries()) {
    const said = disk.apply(line);
    for (const [, seq] of said?.matchAll(/^acked (\d+)$/gm) ?? []) announced = Number(seq);
    if (!/^(pwrite64|write|ftruncate|f(data)?sync|unlink|rename|mkdir)\(/.test(line)) continue;
    for (const [name, survival] of survivals) {
      const what = `seed ${seed}, call ${number} (${line.slice(0, 40)}), ${name}`;
      images.push({ image: disk.image(survival), announced, what });
    }
  }
  return images;
}

async function eventsAfter(dir: string, what: string): Promise<RecordedEvent[]> {
  const journal = await openJournal(dir, owner).catch((error: Error) => {
    throw new Error(`${what}: ${error.message}`, { cause: error });
  });
  const events = [...journal.read()];
  journal.close();
  return events;
}

function traceOfDriver(args: readonly string[]): string[] {
  const calls = "openat close pwrite64 write ftruncate fsync fdatasync unlink rmdir rename mkdir".split(" ");
  const readable = (path: string) => Buffer.from(path.replaceAll("\\x", ""), "hex").toString("utf8");
  return traceOf(calls, [process.execPath, driverFile, ...args]).map((line) =>
    line.replace(/<((?:\\x[0-9a-f]{2})+)>/g, (_, path) => `<${readable(path)}>`),
  );
}

function filesOf(dir: string): Map<string, Buffer | "directory"> {
  const files = new Map<string, Buffer | "directory">();
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    files.set(path, entry.isDirectory() ? "directory" : readFileSync(path));
  }
  return files;
}

function materialize(image: Image, from: string, place: string): string {
  const dir = join(mkdtempSync(join(place, "image-")), basename(from));
  mkdirSync(dir, { mode: 0o700 });
  // Directories before what lies in them.
  for (const [path, content] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const target = join(dir, relative(from, path));
    if (content === "directory") mkdirSync(target, { recursive: true, mode: 0o700 });
    else {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(target, content, { mode: 0o600 });
    }
  }
  return dir;
}
