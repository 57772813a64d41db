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
  const templates = new Map<string, Promise<CopyTemplate | undefined>>();

  /** The others wait for the template, not for the answer. */
  async function sendFirst(store: Store, input: CopyInput, options: SendOptions): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<CopyTemplate | undefined>();
    templates.set(input.Bucket, promise);
    let signed = false;
    try {
      return await sendBySdk(store, input, options, (ask) => (sent) => {
        signed = true;
        resolve(copyTemplate(sent.request, input.Key));
        return ask(sent);
      });
    } finally {
      if (!signed) templates.delete(input.Bucket);
      resolve(undefined);
    }
  }

  async function sendAlike(template: CopyTemplate, store: Store, input: CopyInput, options: SendOptions) {
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
      return { response: { ...head, body: bodyOf(Buffer.from(body)) } };
    });
  }

  return {
    async send(store, input, options) {
      const known = templates.get(input.Bucket);
      if (!known) return sendFirst(store, input, options);
      const template = await known;
      return template ? sendAlike(template, store, input, options) : sendBySdk(store, input, options);
    },
    close: connections.close,
  };
}

async function sendBySdk({ sdk, client }: Store, input: CopyInput, options: SendOptions, wire?: Wire) {
  const command = new sdk.CopyObjectCommand(input);
  const { CopyObjectResult } = await client.send(wire ? wired(command, wire) : command, options);
  return CopyObjectResult?.ETag;
}

/** The ETag in a CopyObjectResult; undefined when the answer is anything else. */
function etagIn(body: string): string | undefined {
  return /<CopyObjectResult[\s>].*<ETag>(?:&quot;|&#34;|")?([^<>&"]+)(?:&quot;|&#34;|")?<\/ETag>/s.exec(body)?.[1];
}
