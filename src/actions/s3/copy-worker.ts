import { parentPort, workerData } from "node:worker_threads";
import { connect } from "./connect.ts";
import type { CrewAnswer, CrewOptions, CrewRequest } from "./copy-crew.ts";
import type { SdkError } from "./sdk-error.ts";

/** One thread of the crew: sends what it is given, and answers in the order in which the store does. */
const { connection, env, sockets } = workerData as Pick<CrewOptions, "connection" | "env" | "sockets">;

let throttled: boolean[] = [];
const connecting = connect(connection, env, { sockets, onAnswer: (one) => void throttled.push(one) });

parentPort!.on("message", async ({ id, input, requestTimeout }: CrewRequest) => {
  let answer: CrewAnswer;
  try {
    const { sdk, client } = await connecting;
    const { CopyObjectResult } = await client.send(new sdk.CopyObjectCommand(input), { requestTimeout });
    answer = { kind: "ok", id, etag: CopyObjectResult?.ETag, throttled };
  } catch (error) {
    answer = { kind: "error", id, error: plain(error as SdkError), throttled };
  }
  throttled = [];
  parentPort!.postMessage(answer);
});

function plain({ name, message, code, $metadata, $response, Region }: SdkError) {
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...($metadata?.httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode: $metadata.httpStatusCode } }),
    ...($response?.headers === undefined ? {} : { $response: { headers: { ...$response.headers } } }),
    ...(Region === undefined ? {} : { Region }),
  };
}
