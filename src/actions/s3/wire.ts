import { Readable } from "node:stream";
import type { CopyObjectCommand } from "@aws-sdk/client-s3";

/** Stands between the SDK and its connections: sees each request as it is signed, and gives the answer that the SDK reads. */
export type Wire = (ask: (sent: Sent) => Promise<Received>) => (sent: Sent) => Promise<Received>;
export type Sent = { readonly request: SdkRequest };
export type Received = { readonly response: SdkResponse };

/** A request as the SDK has made and signed it. */
export type SdkRequest = {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly query?: { readonly [name: string]: unknown };
  readonly headers: { readonly [name: string]: string };
};

export type SdkResponse = {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Readable;
};

/** Puts `wire` below everything that the SDK does to one command: its retries come through it again. */
export function wired<C extends { readonly middlewareStack: { add: unknown } }>(command: C, wire: Wire): C {
  const { middlewareStack } = command as unknown as CopyObjectCommand;
  middlewareStack.add(wire as unknown as Middleware, { step: "deserialize", priority: "low", name: "wire" });
  return command;
}

type Middleware = Parameters<CopyObjectCommand["middlewareStack"]["add"]>[0];

export function bodyOf(bytes: Buffer): Readable {
  return Readable.from([bytes]);
}
