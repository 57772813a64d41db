import { get } from "node:http";
import type { Lab } from "../../src/lab/lab.ts";

/** What the nodes themselves said over a span of time, asked every few milliseconds. */
export type ProducerReport = {
  readonly samples: number;
  /** Instants at which more than one node was running and not paused. */
  readonly several: readonly { readonly atMs: number; readonly nodes: readonly string[] }[];
  /** Longest span without any producing node. */
  readonly longestNoneMs: number;
  /** The producing nodes one after the other, as they changed. `-` is none. */
  readonly history: readonly string[];
};

export type ProducerWatch = { stop(): Promise<ProducerReport> };

/**
 * Asks every simulated node each 50 ms over its own HTTP API whether it is paused. A node that does not answer is not
 * running and counts as not producing. All nodes are asked at the same instant; a round that took too long to belong to
 * one instant is asked again rather than judged.
 */
export function watchProducers(lab: Lab, everyMs = 50): ProducerWatch {
  const nodes = [...(lab.bp?.pods.values() ?? [])].map(({ name, ports }) => ({ name, port: ports[8888] }));
  const several: { atMs: number; nodes: string[] }[] = [];
  const history: string[] = [];
  let samples = 0;
  let noneSinceMs: number | undefined;
  let longestNoneMs = 0;
  let stopped = false;
  const watching = watch();
  return {
    async stop() {
      stopped = true;
      await watching;
      if (noneSinceMs !== undefined) longestNoneMs = Math.max(longestNoneMs, Date.now() - noneSinceMs);
      return { samples, several, longestNoneMs, history };
    },
  };

  async function watch() {
    while (!stopped) {
      const atMs = Date.now();
      const answers = await Promise.all(nodes.map(async ({ name, port }) => ((await isProducing(port)) ? [name] : [])));
      judge(atMs, answers.flat());
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, everyMs - (Date.now() - atMs))));
    }
  }

  function judge(atMs: number, producing: string[]) {
    samples++;
    if (producing.length > 1) several.push({ atMs, nodes: producing });
    const now = producing.length === 0 ? "-" : producing.join("+");
    if (history.at(-1) !== now) history.push(now);
    if (producing.length === 0) noneSinceMs ??= atMs;
    else if (noneSinceMs !== undefined) {
      longestNoneMs = Math.max(longestNoneMs, atMs - noneSinceMs);
      noneSinceMs = undefined;
    }
  }
}

function isProducing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: "/v1/producer/paused", agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(body === "false"));
      response.on("error", () => resolve(false));
    });
    request.on("error", () => resolve(false));
    request.setTimeout(2_000, () => request.destroy());
  });
}
