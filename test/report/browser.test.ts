import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportAsHtml } from "../../src/report/index.ts";
import { has } from "../rig/processes.ts";
import { eventfulReport } from "./eventful-report.ts";

const browser = ["chromium", "chromium-browser", "google-chrome"].find((name) => has(name, "--version"));
const title = browser ? "a report in a browser" : "a report in a browser (skipped: chromium is not installed)";

describe.skipIf(!browser)(title, () => {
  let dir = "";
  let page = "";
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "runsheet-browser-"));
    page = join(dir, "report.html");
    writeFileSync(page, reportAsHtml(eventfulReport()));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

  function open(...flags: readonly string[]): string {
    const quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"];
    const own = [`--user-data-dir=${join(dir, "profile")}`, "--window-size=1000,1400"];
    const done = spawnSync(browser as string, [...quiet, ...own, ...flags, pathToFileURL(page).href], {
      encoding: "utf8",
      timeout: 120_000,
    });
    expect(done.status, done.stderr).toBe(0);
    // What a page complains of: a script, a blocked resource, a broken style.
    expect(done.stderr.split("\n").filter((line) => line.includes("CONSOLE"))).toEqual([]);
    return done.stdout;
  }

  test("is drawn without complaint, light and dark as its reader has it", () => {
    const shot = join(dir, "shot.png");
    open(`--screenshot=${shot}`, "--blink-settings=preferredColorScheme=1");
    expect(cornerOf(readFileSync(shot))).toEqual([255, 255, 255]);
    open(`--screenshot=${shot}`, "--blink-settings=preferredColorScheme=0");
    expect(Math.max(...cornerOf(readFileSync(shot)))).toBeLessThan(64);
  });

  test("is printed on a few pages, dark reader or not", () => {
    const pdf = join(dir, "report.pdf");
    open(`--print-to-pdf=${pdf}`, "--blink-settings=preferredColorScheme=0");
    const pages = readFileSync(pdf, "latin1").match(/\/Type\s*\/Page\b(?!s)/g) ?? [];
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.length).toBeLessThan(8);
  });

  test("is read by the browser as it was written: every element closed, nothing moved", () => {
    const read = open("--dump-dom");
    for (const name of ["h2", "table", "tr", "pre", "svg", "figure", "details"]) {
      const count = (text: string) => text.match(new RegExp(`<${name}\\b`, "g"))?.length ?? 0;
      expect(`${name} ${count(read)}`).toBe(`${name} ${count(readFileSync(page, "utf8"))}`);
    }
    expect(read).toContain("web-4: failed");
  });
});

/** Red, green and blue of a PNG's first pixel: whatever filter its first line has, there is nothing before it. */
function cornerOf(png: Buffer): readonly number[] {
  const parts: Buffer[] = [];
  for (let offset = 8; offset < png.length; ) {
    const length = png.readUInt32BE(offset);
    if (png.toString("latin1", offset + 4, offset + 8) === "IDAT")
      parts.push(png.subarray(offset + 8, offset + 8 + length));
    offset += length + 12;
  }
  return [...inflateSync(Buffer.concat(parts)).subarray(1, 4)];
}
