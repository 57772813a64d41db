import { downloadEra } from "../../../../src/actions/era/download/download-era.ts";
import { Gate } from "../../../../src/actions/era/download/gate.ts";
import { openSource } from "../../../../src/actions/era/source/open-source.ts";

/** Downloads era 42 until it is killed; says so when its last part is refused for the first time. */
const [url, directory] = process.argv.slice(2) as [string, string];
const retries = { attempts: 1000, baseMs: 5, maxMs: 20 };
const source = openSource(url, "/", {}, retries);
const listing = await source.list({ network: "mainnet", range: { from: 42, to: 42 } });
await downloadEra(source, listing.files[0]!, {
  directory,
  skipState: false,
  retries,
  gate: new Gate(1),
  partBytes: 65_536,
  log: () => process.send?.("refused"),
});
