import { expect, test } from "vitest";
import { fullJitter } from "../../../src/actions/s3/attempts.ts";
import { ConcurrencyLimit, nextLimit } from "../../../src/actions/s3/limit.ts";

const signal = new AbortController().signal;

test("the limit settles where the store's share of refusals balances its growth", () => {
  const settle = (share: number, from = 128) => {
    let limit = from;
    for (let round = 0; round < 1000; round++) limit = nextLimit(limit, 128, share);
    return Math.round(limit);
  };
  expect(settle(0, 1)).toBe(128);
  expect(settle(0.05)).toBe(40);
  expect(settle(0.2)).toBe(10);
  expect(settle(1)).toBe(2);
});

test("requests wait for a place in their turn, and a stop ends the wait", async () => {
  const limit = new ConcurrencyLimit(2);
  const order: string[] = [];
  await limit.acquire(signal);
  await limit.acquire(signal);
  const stop = new AbortController();
  const first = limit.acquire(signal).then(() => order.push("first"));
  const stopped = limit.acquire(stop.signal).catch((error: Error) => order.push(error.message));
  const second = limit.acquire(signal).then(() => order.push("second"));
  stop.abort(new Error("enough"));
  await stopped;
  limit.release();
  await first;
  limit.release();
  await second;
  expect(order).toEqual(["stopped before the end: enough", "first", "second"]);
  expect(limit.inFlight).toBe(2);
});

test("a round of refusals takes places away, and calm rounds bring them back one by one", () => {
  const limit = new ConcurrencyLimit(32);
  for (let answer = 0; answer < 32; answer++) limit.answered(true);
  expect(limit.limit).toBe(17);
  for (let answer = 0; answer < 17; answer++) limit.answered(false);
  expect(limit.limit).toBe(18);
  expect(limit.throttled).toBe(32);
});

test("waits between tries are anywhere between nothing and a growing bound", () => {
  const rules = { attempts: 10, baseMs: 200, maxMs: 20_000 };
  expect([1, 2, 3].map((tries) => fullJitter(tries, rules, 0.999_999))).toEqual([
    expect.closeTo(200, 1),
    expect.closeTo(400, 1),
    expect.closeTo(800, 1),
  ]);
  expect(fullJitter(30, rules, 0.5)).toBe(10_000);
  expect(fullJitter(5, rules, 0)).toBe(0);
});
