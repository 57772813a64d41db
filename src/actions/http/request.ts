import { resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { type Failure, failure } from "../../domain/failure.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type BodySink, callHttp, type HttpAnswer, isRepeatable } from "./client.ts";
import { condition, jsonOf, unmet } from "./condition.ts";
import { callTimeout, describeCall, prepareCall, requestFields } from "./request-fields.ts";

const params = z.strictObject({
  ...requestFields,
  timeout: callTimeout,
  expect: condition.default({}).describe("what the answer has to look like; default: any 2xx status"),
  out: path.optional().describe("write the body of a 2xx answer to this file, whole or not at all"),
  idempotencyKey: z.boolean().default(true).describe("send Idempotency-Key with methods that are not safe to repeat"),
});

const outputs = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string().describe("the body as text; empty when it went to a file"),
  json: z.json().optional().describe("the body as JSON; integers beyond 2^53 as digits"),
  file: z.string().optional(),
});

type Params = z.infer<typeof params>;
type Outputs = z.infer<typeof outputs>;

export const requestAction = defineAction<Params, Outputs>({
  kind: "http.request",
  title: "Make one HTTP request",
  description:
    "Sends one request and checks the answer. A request with a method that is not safe to repeat (POST, PATCH) carries an " +
    "Idempotency-Key that stays the same over all attempts of the step. When the answer to such a request is lost, the step " +
    "fails with http-answer-lost and is not retried; after an interruption it is in doubt. GET, HEAD, OPTIONS, PUT and " +
    "DELETE are simply repeated. Header values come from secrets with secretHeaders.",
  params,
  outputs,
  effect: "mutate",
  repeatable: false,
  async preview(given) {
    const lines = [`would send ${describeCall(given)}`];
    if (given.out !== undefined) lines.push(`would write the answer to ${given.out}`);
    return { grade: "described", lines };
  },
  async check(given) {
    if (isRepeatable(given.method)) return { kind: "not-done", note: `${given.method} is repeated` };
    return { kind: "unknown", note: `${describeCall(given)} may have been acted on; look at the server's state` };
  },
  run: returningFileFailures(async (given, context) => {
    const call = await prepareCall(given, given.timeout, context);
    const key: Record<string, string> =
      given.idempotencyKey && !isRepeatable(given.method) ? { "idempotency-key": context.stepKey } : {};
    const file = given.out === undefined ? undefined : resolve(context.cwd, given.out);
    const result = await callHttp(
      { ...call, headers: { ...key, ...call.headers } },
      file === undefined ? undefined : sinkTo(file),
    );
    if (result.kind === "failed") return result;
    const { answer } = result;
    context.log(`${describeCall(given)}: ${answer.status}`);
    const reason = unmet(given.expect, answer, Date.now());
    if (reason !== undefined) return { kind: "failed", failure: unexpected(given, answer, reason, context) };
    const json = file === undefined ? jsonOf(answer) : undefined;
    const body = answer.body.toString("utf8");
    return {
      kind: "ok",
      outputs: {
        status: answer.status,
        headers: { ...answer.headers },
        body,
        ...(json === undefined ? {} : { json }),
        ...(file === undefined ? {} : { file }),
      },
    };
  }),
});

function unexpected(given: Params, answer: HttpAnswer, reason: string, { log }: ActionContext): Failure {
  const body = answer.body.toString("utf8");
  for (const line of body.slice(0, 4000).split("\n").slice(0, 40)) log(line);
  // A refusal of the request itself stays one, however often it is repeated.
  const isFinal = answer.status >= 400 && answer.status < 500 && ![408, 409, 425, 429].includes(answer.status);
  const hint = "the step's log shows the answer; compare it with the step's `expect`";
  return failure("http-unexpected-answer", `${describeCall(given)}: ${reason}`, {
    hint,
    ...(isFinal ? { retryable: false } : {}),
    details: { status: answer.status, body: body.slice(0, 2000) },
  });
}

function sinkTo(file: string): BodySink {
  return async (body, headers) => {
    await writeFileAtomically(file, counted(body, headers["content-length"]));
  };
}

async function* counted(body: AsyncIterable<Uint8Array>, announced: string | undefined): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    yield chunk;
  }
  // Node reports a connection that closes early as an error; this is for servers that lie about the length.
  if (announced !== undefined && size !== Number(announced)) throw new Error(`got ${size} of ${announced} bytes`);
}
