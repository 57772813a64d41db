#!/usr/bin/env node
/** The process that a lab lives in when it has to outlive the command that started it. */
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { type LabOptions, startLab } from "./lab.ts";
import { stateFileOf } from "./state-file.ts";

const options = JSON.parse(await text(process.stdin)) as LabOptions;
const lab = await startLab(options);
let leaving = false;

async function leave() {
  if (leaving) return;
  leaving = true;
  await lab.down();
  process.exit(0);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, leave);
lab.ended.then(leave);
// Somebody removed the directory: nobody can find this lab any more, so it ends.
setInterval(() => {
  if (!existsSync(stateFileOf(lab.dir))) void leave();
}, 1_000);
