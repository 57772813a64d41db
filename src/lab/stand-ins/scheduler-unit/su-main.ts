#!/usr/bin/env node
/** The stand-in for the scheduler unit: `su su PORT` serves a unit, `su router PORT` redirects to units. */
import { createServer } from "node:http";
import { Panic, readEnvironment } from "./environment.ts";
import { log } from "./log.ts";
import { openRouter } from "./router.ts";
import { routerHandler, unitHandler } from "./su-http.ts";
import { openUnitStore } from "./unit-store.ts";
import { walletAddress } from "./wallet.ts";

const [mode, port = "9000"] = process.argv.slice(2);

try {
  if (!/^\d+$/.test(port)) throw new Panic("Port number is not valid");
  const environment = readEnvironment(mode);
  const address = walletAddress(environment.walletPath);
  const handler =
    environment.mode === "router"
      ? routerHandler(await openRouter(environment))
      : unitHandler(environment, address, await openUnitStore(environment));
  const server = createServer(handler);
  server.on("error", (error) => {
    process.stderr.write(`Error: ${error.message}\n`);
    process.exit(1);
  });
  // The real program listens on all addresses; a lab stays on this machine.
  server.listen(Number(port), "127.0.0.1", () => log(`listening on port ${port} in ${environment.mode} mode`));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
  // Started by the lab: end with it.
  process.once("disconnect", () => process.exit(0));
} catch (error) {
  if (!(error instanceof Panic)) throw error;
  process.stderr.write(`thread 'main' panicked at src/main.rs:\n${error.message}\n`);
  process.exit(101);
}
