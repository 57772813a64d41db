/** Troubles of the simulated cluster. Changed while it runs; empty means healthy. */
export type KubeFaults = {
  /** The volume of this pod does not attach for so many of its next incarnations. */
  attachFails?: { pod: string; times: number }[];
  /** Requests that go wrong. `reset` cuts the connection, `reset-after` does the work first and then cuts it. */
  http?: HttpFault[];
  /** What the caller may not do, for `auth can-i` and for real. */
  forbidden?: { readonly verb: string; readonly resource: string }[];
};

export type HttpFault = {
  readonly method?: string;
  /** Matches anywhere in the path. */
  readonly path: string;
  readonly answer: number | "reset" | "reset-after";
  times: number;
};

/** Takes the first fault that fits the request and counts it down. */
export function takeHttpFault(faults: KubeFaults, method: string, path: string): HttpFault["answer"] | undefined {
  const hit = faults.http?.find(
    (fault) => fault.times > 0 && (fault.method ?? method) === method && path.includes(fault.path),
  );
  if (!hit) return undefined;
  hit.times--;
  return hit.answer;
}
