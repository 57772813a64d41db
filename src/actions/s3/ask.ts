import * as http from "node:http";
import * as https from "node:https";
import type { SendOptions } from "./attempts.ts";
import type { SignedRequest } from "./copy-template.ts";

/** What came back, whatever it is. */
export type HttpAnswer = {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

/** Sends requests without a body over connections of its own, which stay open. */
export type Asker = {
  /** Rejects when there is no whole answer: broken off, too late (`TimeoutError`) or aborted. */
  ask(request: SignedRequest, options: SendOptions): Promise<HttpAnswer>;
  close(): void;
};

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_CHARACTERS = 1024 ** 2;

export function asker(sockets: number): Asker {
  const options = { keepAlive: true, maxSockets: sockets };
  const [plain, secure] = [new http.Agent(options), new https.Agent(options)];
  return {
    ask: ({ protocol, hostname, port, method, target, headers }, { abortSignal, requestTimeout }) =>
      new Promise((resolve, reject) => {
        const [send, agent] = protocol === "https:" ? [https.request, secure] : [http.request, plain];
        const request = send({ agent, host: hostname, port, method, path: target, headers });
        const late = setTimeout(() => request.destroy(timeoutError(requestTimeout)), requestTimeout);
        const onAbort = () => request.destroy(abortSignal.reason);
        abortSignal.addEventListener("abort", onAbort, { once: true });
        request.on("close", () => {
          clearTimeout(late);
          abortSignal.removeEventListener("abort", onAbort);
        });
        request.on("error", reject);
        request.on("socket", (socket) => {
          if (!socket.connecting) return;
          const early = setTimeout(() => request.destroy(timeoutError(CONNECT_TIMEOUT_MS)), CONNECT_TIMEOUT_MS);
          socket.once("connect", () => clearTimeout(early));
          socket.once("close", () => clearTimeout(early));
        });
        request.on("response", (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (text: string) => {
            late.refresh();
            body += text;
            if (body.length > MAX_ANSWER_CHARACTERS) request.destroy(new Error("the answer is too long"));
          });
          response.on("error", reject);
          response.on("end", () =>
            resolve({ statusCode: response.statusCode ?? 0, headers: joined(response.headers), body }),
          );
        });
        request.end();
      }),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function timeoutError(ms: number): Error {
  return Object.assign(new Error(`no answer within ${ms} ms`), { name: "TimeoutError", code: "ETIMEDOUT" });
}

function joined(headers: http.IncomingHttpHeaders): { [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
