import { EventEmitter } from "node:events";
import type { ReadStream } from "node:tty";
import { expect, test } from "vitest";
import { Input } from "../../src/tui/terminal/input.ts";

/** A terminal's side of the keyboard, without a terminal. */
function keyboard() {
  const source = Object.assign(new EventEmitter(), {
    isTTY: true,
    raw: [] as boolean[],
    setRawMode(on: boolean) {
      source.raw.push(on);
    },
    resume() {},
    pause() {},
    ref() {},
    unref() {},
  });
  const input = new Input(source as unknown as ReadStream, 5);
  const taken = (): string[] => {
    const keys: string[] = [];
    for (let key = input.read(); key !== null; key = input.read()) keys.push(key as string);
    return keys;
  };
  return { source, input, taken, type: (text: string) => source.emit("data", Buffer.from(text)) };
}

test("no key is lost from the first frame on, and what was typed before it is for nobody", () => {
  const { source, input, taken, type } = keyboard();
  input.setRawMode(true);
  type("x");
  input.open();
  type("?");
  // Ink asks for raw mode again, after the first frame: nothing of what waits may be dropped for it.
  input.setRawMode(true);
  type("j");
  expect(taken()).toEqual(["?", "j"]);
  expect(source.raw).toEqual([true]);
});

test("a dialog that has just opened hears nothing but ctrl-c", () => {
  const { input, taken, type } = keyboard();
  input.setRawMode(true);
  input.open();
  type("y");
  input.mute(10_000);
  type("y\r\u0003");
  expect(taken()).toEqual(["\u0003"]);
});
