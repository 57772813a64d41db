import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { failure } from "../../domain/failure.ts";
import { pause } from "../../lib/pause.ts";
import { positiveDuration, toMs } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { callHttp } from "./client.ts";
import { condition, jsonOf, unmet } from "./condition.ts";
import { callTimeout, describeCall, prepareCall, requestFields } from "./request-fields.ts";

const params = z.strictObject({
  ...requestFields,
  until: condition.default({}).describe("what the answer has to look like; default: any 2xx status"),
  failWhen: z.array(condition).default([]).describe("answers that end the wait as failed, at once"),
  every: positiveDuration.default("5s"),
  within: positiveDuration.default("10m").describe("give up after this long"),
  times: z.int().positive().default(1).describe("how often in a row the answer has to be right"),
  timeout: callTimeout,
});

const outputs = z.strictObject({
  status: z.int(),
  body: z.string(),
  json: z.json().optional(),
  calls: z.int().describe("how many calls were made"),
});

export const pollAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "http.poll",
  title: "Ask an HTTP endpoint until it gives the answer",
  description:
    "Repeats a request until its answer is right, `times` times in a row. A refused connection, a timeout or another " +
    "answer only means: ask again, until `within` is over (http-poll-timeout says what was seen last). An answer under " +
    "`failWhen` fails at once. Reads only; an interrupted poll starts again.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return {
      grade: "described",
      lines: [`would ask ${describeCall(given)} every ${given.every} for up to ${given.within}`],
    };
  },
  run: returningFileFailures(async (given, context) => {
    const call = await prepareCall(given, given.timeout, context);
    const what = describeCall(given);
    const start = performance.now();
    const deadline = start + toMs(given.within);
    let [calls, inARow, seen] = [0, 0, "nothing yet"];
    while (!context.signal.aborted) {
      const left = deadline - performance.now();
      if (calls > 0 && left <= 0) {
        const message = `${what}: not as wanted within ${given.within} (${calls} calls); last: ${seen}`;
        return {
          kind: "failed",
          failure: failure("http-poll-timeout", message, { hint: 'look at the server, or raise "within"' }),
        };
      }
      const result = await callHttp({ ...call, timeoutMs: Math.max(1, Math.min(call.timeoutMs, left)) });
      calls += 1;
      if (result.kind === "failed") {
        if (result.failure.retryable === false && result.failure.code !== "http-answer-lost") return result;
        [inARow, seen] = [0, result.failure.message];
      } else {
        const { answer } = result;
        const bad = given.failWhen.find((one) => unmet(one, answer, Date.now()) === undefined);
        if (bad !== undefined) {
          const message = `${what}: answered ${answer.status} ${answer.body.toString("utf8").slice(0, 500)}`;
          return {
            kind: "failed",
            failure: failure("http-poll-failed", `${message}, which "failWhen" names`, { retryable: false }),
          };
        }
        const reason = unmet(given.until, answer, Date.now());
        inARow = reason === undefined ? inARow + 1 : 0;
        seen = reason ?? `right ${inARow} of ${given.times} times`;
        if (inARow >= given.times) {
          const json = jsonOf(answer);
          context.log(`${what}: ${answer.status} after ${calls} calls`);
          const body = answer.body.toString("utf8");
          return {
            kind: "ok",
            outputs: { status: answer.status, body, ...(json === undefined ? {} : { json }), calls },
          };
        }
      }
      context.progress({ done: calls, unit: "calls", note: seen });
      await pause(Math.max(0, Math.min(toMs(given.every), deadline - performance.now())), context.signal);
    }
    return { kind: "failed", failure: failure("cancelled", `${what}: cancelled after ${calls} calls; last: ${seen}`) };
  }),
});
