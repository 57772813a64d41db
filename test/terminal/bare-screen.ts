import { Input } from "../../src/tui/terminal/input.ts";
import { Output } from "../../src/tui/terminal/output.ts";
import { TerminalSession } from "../../src/tui/terminal/session.ts";

/** The terminal's part of the screen alone, so that it can be brought down in every way: `bare-screen.ts throw|reject|…`. */
const output = new Output({ terminal: process.stdout, noColor: false, onGone: () => process.exit(129) });
const input = new Input(process.stdin);
const session = new TerminalSession(output, input, () => {});
session.guard(() => {});
session.suspender = async (whileAway) => {
  input.setRawMode(false);
  await whileAway();
  input.setRawMode(true);
};
session.enter();
output.write("ready\n");
const ways: { readonly [way: string]: () => void } = {
  throw: () => {
    throw new Error("a bug of the test");
  },
  reject: () => void Promise.reject(new Error("a promise of the test")),
  exit: () => process.exit(3),
  wait: () => {},
};
const way = ways[process.argv[2] ?? "wait"];
output.once("shown", () => setTimeout(way as () => void, 50));
setInterval(() => {}, 1_000);
