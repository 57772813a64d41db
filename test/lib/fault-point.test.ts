import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

const lib = new URL("../../src/lib/fault-point.ts", import.meta.url).href;

/** Passes the points one after the other in a process of its own, saying each before and after. */
function pass(fault: string | undefined, points: readonly string[]) {
  const program = `
    import { faultPoint } from ${JSON.stringify(lib)};
    import { writeSync } from "node:fs";
    for (const point of ${JSON.stringify(points)}) {
      try { faultPoint(point); writeSync(1, "+"); } catch (error) { writeSync(1, error.code + ";"); }
    }`;
  const { RUNSHEET_FAULT: _, ...env } = process.env;
  return spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: fault === undefined ? env : { ...env, RUNSHEET_FAULT: fault },
    timeout: 10_000,
  });
}

describe("RUNSHEET_FAULT", () => {
  test("unset or empty, nothing happens at any point", () => {
    expect(pass(undefined, ["a", "b"]).stdout).toBe("++");
    expect(pass("", ["a"]).stdout).toBe("+");
  });

  test("fails the named point with the error of the operating system, once, at the pass it counts to", () => {
    expect(pass("a.b=eio", ["x", "a.b", "a.b"]).stdout).toBe("+EIO;+");
    expect(pass("a:3=full", ["a", "a", "a", "a"]).stdout).toBe("++ENOSPC;+");
    expect(pass("a=eio,b:2=full", ["a", "b", "b"]).stdout).toBe("EIO;+ENOSPC;");
  });

  test("kills the process before anything else can happen", () => {
    expect(pass("b=kill", ["a", "b", "c"])).toMatchObject({ signal: "SIGKILL", stdout: "+" });
  });

  test("that cannot be understood stops the program instead of testing nothing", () => {
    for (const fault of ["a", "a=boom", "a:0=kill", "=kill", "a=kill,,"]) {
      const { status, stderr } = pass(fault, []);
      expect(status, fault).not.toBe(0);
      expect(stderr).toContain("write <point>[:n]=kill|eio|full|hang");
    }
  });
});
