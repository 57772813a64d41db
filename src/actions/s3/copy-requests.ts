import { asker, type HttpAnswer } from "./ask.ts";
import type { SendOptions } from "./attempts.ts";
import type { Store } from "./connect.ts";
import { type CopyTemplate, copyTemplate } from "./copy-template.ts";
import { bodyOf, type Wire, wired } from "./wire.ts";

/** Sends CopyObject. */
export type CopyRequests = {
  /** The ETag of the copy, as the store gives it. Rejects with what the SDK throws. */
  send(store: Store, input: CopyInput, options: SendOptions): Promise<string | undefined>;
  close(): void;
};

export type CopyInput = {
  readonly Bucket: string;
  readonly Key: string;
  readonly CopySource: string;
  readonly CopySourceIfMatch?: string;
  readonly RequestPayer?: "requester";
};

export type CopyRequestsOptions = {
  readonly concurrency: number;
  /** Told of every answer, with whether it asked to slow down. */
  readonly onAnswer: (throttled: boolean) => void;
};

/**
 * The SDK spends 0.5 ms of work on each request, ten times what it takes, and a copy of many small objects is bound by
 * that alone. So the SDK makes the first request into a bucket, and the next ones are made in its likeness, with the
 * SDK's credentials and clock. Whatever is answered with anything but a plain success is the SDK's again, as if it had
 * asked itself: errors, quick tries and clock correction are its own.
 */
export function copyRequests({ concurrency, onAnswer }: CopyRequestsOptions): CopyRequests {
  const connections = asker(concurrency);
  const templates = new Map<string, CopyTemplate>();
  return {
    async send(store, input, options) {
      const template = templates.get(input.Bucket);
      if (!template) {
        return sendBySdk(store, input, options, (ask) => async (sent) => {
          const answer = await ask(sent);
          const learned = answer.response.statusCode === 200 && copyTemplate(sent.request, input.Key);
          if (learned) templates.set(input.Bucket, learned);
          return answer;
        });
      }
      const { config } = store.client;
      let first: () => Promise<HttpAnswer>;
      try {
        const request = template(input, await config.credentials(), Date.now() + config.systemClockOffset);
        const answer = await connections.ask(request, options);
        const etag = answer.statusCode === 200 ? etagIn(answer.body) : undefined;
        if (etag !== undefined) {
          onAnswer(false);
          return etag;
        }
        first = async () => answer;
      } catch (error) {
        first = () => Promise.reject(error);
      }
      let told = false;
      return sendBySdk(store, input, options, (ask) => async (sent) => {
        if (told) return ask(sent);
        told = true;
        const { body, ...head } = await first();
        return { response: { ...head, body: bodyOf(body) } };
      });
    },
    close: connections.close,
  };
}

async function sendBySdk({ sdk, client }: Store, input: CopyInput, options: SendOptions, wire: Wire) {
  const { CopyObjectResult } = await client.send(wired(new sdk.CopyObjectCommand(input), wire), options);
  return CopyObjectResult?.ETag;
}

/** The ETag in a CopyObjectResult; undefined when the answer is anything else. */
function etagIn(body: string): string | undefined {
  return /<CopyObjectResult[\s>].*<ETag>(?:&quot;|&#34;|")?([^<>&"]+)(?:&quot;|&#34;|")?<\/ETag>/s.exec(body)?.[1];
}
