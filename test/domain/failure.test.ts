import { expect, test } from "vitest";
import { failure } from "../../src/domain/failure.ts";

test("a failure keeps where its original error came from, and has nothing that was not said", () => {
  expect(failure("timeout", "too late")).toEqual({ code: "timeout", message: "too late" });
  const told = failure("timeout", "too late", { hint: "wait", retryable: false, details: { s: 5 }, cause: "gone" });
  expect(told).toEqual({
    code: "timeout",
    message: "too late",
    hint: "wait",
    retryable: false,
    details: { s: 5 },
    cause: "gone",
  });
  expect(failure("timeout", "too late", { cause: new TypeError("no such thing") }).cause).toMatch(
    /^TypeError: no such thing\n +at .*failure\.test/,
  );
  const bare = new RangeError("far");
  delete bare.stack;
  expect(failure("timeout", "too late", { cause: bare }).cause).toBe("RangeError: far");
});
