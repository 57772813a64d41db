import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { blockId, mainnetChainId } from "../../../src/lab/nodes/block.ts";
import { type LogStyle, logLine, plainLine, producedLine, receivedLine } from "../../../src/lab/nodes/log-lines.ts";
import { createProductionState } from "../../../src/lab/nodes/production-state.ts";

const block = {
  num: 73_490_000,
  id: blockId(mainnetChainId, 73_490_000),
  timeMs: Date.parse("2019-08-11T16:00:00Z"),
  producer: "eosbp1",
  trxs: 3,
};
const numbers = { lib: 73_489_670, latencyMs: 123 };
const styles: LogStyle[] = ["eosio-2.0", "leap-5", "spring-1"];
const robust = /(Produced|Received) block ([0-9a-f]+)\.\.\. #(\d+) @ (\S+) signed by ([a-z1-5.]+) \[.*?lib: (\d+)/;

test("lines have the columns of nodeos' console appender", () => {
  const line = plainLine("info", "main.cpp:171", "main", "nodeos successfully exiting");
  expect(line).toMatch(
    /^info {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} nodeos {4}main\.cpp:171 {18}main {17}\] nodeos successfully exiting$/,
  );
});

test.each(styles)("one pattern reads received and produced blocks of %s", (style) => {
  for (const [verb, line] of [
    ["Received", receivedLine(style, block, numbers)],
    ["Produced", producedLine(style, block, numbers)],
  ] as const) {
    const match = robust.exec(line);
    expect(match?.slice(1)).toEqual([
      verb,
      block.id.slice(8, 24),
      "73490000",
      "2019-08-11T16:00:00.000",
      "eosbp1",
      "73489670",
    ]);
  }
});

test("the head block script of replay operators finds its number in replay and handshake lines", () => {
  const replay = logLine(
    "info",
    { thread: "nodeos", file: "controller.cpp:662", method: "replay" },
    "73489000 of 75488000",
  );
  const shake = logLine(
    "info",
    { thread: "net-0", file: "net_plugin.cpp:3050", method: "recv_handshake" },
    '["peer.example.org:9876 - 1a2b3c4" - 1 10.1.2.3:9876] received handshake gen 2, lib 340000000, fork_db head 340000330, head 73490123',
  );
  const sh = (script: string, input: string) => execFileSync("sh", ["-c", script], { input, encoding: "utf8" }).trim();
  expect(sh("grep controller.cpp | grep replay | grep of | cut -d']' -f2 | cut -d' ' -f2 | tail -1", replay)).toBe(
    "73489000",
  );
  expect(
    sh(
      "grep 'net_plugin.cpp:' | grep recv_handshake | cut -d']' -f3 | cut -d',' -f4 | sed 's/ head //' | tail -1",
      shake,
    ),
  ).toBe("73490123");
});

test("the node manager understands the old layout and is blind to newer ones", () => {
  const phases = styles.map((style) => {
    const state = createProductionState({ blockIntervalMs: 500, blocksPerRound: 12, producers: 21 });
    state.read(producedLine(style, block, numbers), 1_000);
    const during = state.phase();
    state.read(receivedLine(style, block, numbers), 9_000);
    return [during, state.phase()];
  });
  expect(phases).toEqual([
    ["producing", "post"],
    ["unknown", "unknown"],
    ["unknown", "unknown"],
  ]);
});
