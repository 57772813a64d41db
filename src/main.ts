#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `runsheet needs Node.js 22.18 or newer; this is ${process.version} (${process.execPath}).\n` +
      "Get it from https://nodejs.org/en/download, or with a version manager: nvm install 26\n",
  );
  process.exitCode = 2;
} else {
  const { main } = await import("./cli/program.ts");
  process.exitCode = await main(process.argv.slice(2));
}
