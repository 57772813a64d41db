#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `runsheet needs Node.js 22.18 or newer; this is ${process.version} (${process.execPath}).\n` +
      "Get it from https://nodejs.org/en/download, or with a version manager: nvm install 26\n",
  );
  process.exitCode = 2;
} else {
  // Halves the start of every verb: compiled code is kept between starts, in the system's temporary directory.
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { main } = await import("./cli/program.ts");
  const code = await main(process.argv.slice(2));
  // Writes to a pipe are asynchronous (https://nodejs.org/api/process.html#a-note-on-process-io): what was printed must have
  // left before the process ends. A reader that is gone is told to nobody.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => {});
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
  // Commands that run on without us (a dropped terminal) must not keep this process.
  process.exit(code);
}
