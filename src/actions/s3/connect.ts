import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { failAll } from "./failed.ts";
import type { Connection } from "./fields.ts";
import { isThrottling } from "./sdk-error.ts";

/** One store, as one set of credentials sees it. */
export type Store = {
  readonly sdk: typeof import("@aws-sdk/client-s3");
  readonly client: S3Client;
  /** For messages: `AWS S3 (sa-east-1)` or the endpoint. */
  readonly name: string;
  /** Two stores of the same identity can copy between each other without us. */
  readonly identity: string;
  /** Goes into every request. */
  readonly payer: { readonly RequestPayer?: "requester" };
  /** The newer checksums are used. */
  readonly checksums: boolean;
  close(): void;
};

export type Environment = { readonly [name: string]: string | undefined };

export type ConnectOptions = {
  /** Connections kept open. */
  readonly sockets: number;
  /** Told of every answer, with whether it asked to slow down. */
  readonly onAnswer?: (throttled: boolean) => void;
};

/**
 * Opens a client. Variables that the step declares (`env`) come before those of the process, so that a step can have
 * credentials of its own; otherwise the standard provider chain decides. Loads the SDK only here.
 */
export async function connect(given: Connection, env: Environment, options: ConnectOptions): Promise<Store> {
  const sdk = await import("@aws-sdk/client-s3");
  const endpoint = given.endpoint ?? endpointOf(env) ?? endpointOf(process.env);
  const profile = given.profile ?? env.AWS_PROFILE;
  const region = given.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? (endpoint ? "us-east-1" : undefined);
  const checksums = given.checksums !== "when_required";
  const calculation = checksums ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  const config: S3ClientConfig = {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...credentialsOf(env, given.profile),
    forcePathStyle: given.pathStyle ?? endpoint !== undefined,
    requestChecksumCalculation: calculation,
    responseChecksumValidation: calculation,
    // Never `adaptive`: see limit.ts. Two quick tries for lost packets; the patient ones are ours (attempts.ts).
    retryMode: "standard",
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 10_000,
      throwOnRequestTimeout: true,
      socketTimeout: 0,
      httpAgent: { maxSockets: options.sockets, keepAlive: true },
      httpsAgent: { maxSockets: options.sockets, keepAlive: true },
    },
  };
  const client = new sdk.S3Client(config);
  client.middlewareStack.addRelativeTo(observer(options), {
    name: "answerObserver",
    relation: "after",
    toMiddleware: "retryMiddleware",
  });
  const knownRegion = await client.config.region().catch(() => undefined);
  if (knownRegion === undefined) {
    throw failAll("s3-no-region", "it is not known in which AWS region the bucket is", {
      hint: 'set "region", or AWS_REGION in the environment',
      retryable: false,
    });
  }
  return {
    sdk,
    client,
    name: endpoint ?? `AWS S3 (${knownRegion})`,
    identity: JSON.stringify([endpoint ?? "aws", profile ?? env.AWS_ACCESS_KEY_ID ?? ""]),
    payer: given.requesterPays ? { RequestPayer: "requester" } : {},
    checksums,
    close: () => client.destroy(),
  };
}

/** The SDK reads these too, but does not say so: messages and path style need to know. */
function endpointOf(env: Environment): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}

function credentialsOf(env: Environment, profile: string | undefined): Pick<S3ClientConfig, "credentials"> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (profile !== undefined || accessKeyId === undefined || secretAccessKey === undefined) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) } };
}

type Middleware = Parameters<S3Client["middlewareStack"]["addRelativeTo"]>[0];

/** Sits below the SDK's own retries and so sees every single answer. */
function observer({ onAnswer }: ConnectOptions): Middleware {
  return ((next: (args: unknown) => Promise<unknown>) => async (args: unknown) => {
    try {
      const answer = await next(args);
      onAnswer?.(false);
      return answer;
    } catch (error) {
      onAnswer?.(isThrottling(error));
      throw error;
    }
  }) as Middleware;
}
