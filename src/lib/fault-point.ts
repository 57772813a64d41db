/**
 * Named places at which a test makes this process die, fail or stop: `RUNSHEET_FAULT=<point>[:n]=kill|eio|full|hang`,
 * several separated by commas. `n` counts the passes of that point in this process (default 1: the first). Costs one
 * comparison when the variable is unset.
 *
 * `kill` is SIGKILL to this process, `hang` blocks it for ever, `eio` and `full` throw what the operating system would.
 * Throws at load when the variable cannot be understood, so that no test passes because of a misspelt point.
 */
export function faultPoint(name: string): void {
  if (faults !== undefined) pass(faults, name);
}

/** Guards work that is only needed to compute the names of points. */
export function faultsArmed(): boolean {
  return faults !== undefined;
}

type Fault = { readonly point: string; readonly deed: keyof typeof deeds; left: number };

const deeds = {
  kill: (): void => {
    process.kill(process.pid, "SIGKILL");
    block();
  },
  eio: (point: string): never => {
    throw injected("EIO", point);
  },
  full: (point: string): never => {
    throw injected("ENOSPC", point);
  },
  hang: block,
};

const faults = parse(process.env.RUNSHEET_FAULT);

function pass(list: readonly Fault[], name: string): void {
  for (const fault of list) {
    if (fault.point !== name) continue;
    fault.left--;
    if (fault.left === 0) deeds[fault.deed](name);
  }
}

function parse(text: string | undefined): readonly Fault[] | undefined {
  if (text === undefined || text === "") return undefined;
  return text.split(",").map((part) => {
    const match = /^([a-z0-9.-]+?)(?::([1-9][0-9]*))?=(kill|eio|full|hang)$/.exec(part);
    if (!match) throw new Error(`RUNSHEET_FAULT: cannot understand "${part}"; write <point>[:n]=kill|eio|full|hang`);
    return { point: match[1] as string, left: Number(match[2] ?? 1), deed: match[3] as keyof typeof deeds };
  });
}

function injected(code: string, point: string): Error {
  return Object.assign(new Error(`${code}: injected at ${point}`), { code });
}

// The signal is delivered asynchronously: nothing may run between it and death.
function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
