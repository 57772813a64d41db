import { openSync, writeSync } from "node:fs";

/** Lets a file grow: `writer.ts FILE LINES_PER_SECOND`. */
const [file = "", rate = "0"] = process.argv.slice(2);
const TICK_MS = 10;
const fd = openSync(file, "a");
let written = 0;
const begun = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - begun) * Number(rate)) / 1000) - written;
  if (due <= 0) return;
  const at = new Date().toISOString();
  writeSync(
    fd,
    Array.from({ length: due }, (_, n) => `${at} INFO  era=1322 block=${written + n} imported receipts=841\n`).join(""),
  );
  written += due;
}, TICK_MS);
