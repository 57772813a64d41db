import type {
  GetObjectCommandInput,
  GetObjectCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  S3ClientConfig,
} from "@aws-sdk/client-s3";
import { fail, throwIfStopped } from "../failed.ts";

export type S3Location = {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly region: string | undefined;
  /** For stores that are not AWS; addressed path-style. */
  readonly endpoint: string | undefined;
  /** Requests without a signature, for public buckets. */
  readonly anonymous: boolean;
};

/** The three calls that reading era files needs. Each throws `Failed`. */
export type S3Calls = {
  list(input: Omit<ListObjectsV2CommandInput, "Bucket">, signal?: AbortSignal): Promise<ListObjectsV2CommandOutput>;
  head(input: Omit<HeadObjectCommandInput, "Bucket">, signal?: AbortSignal): Promise<HeadObjectCommandOutput>;
  get(input: Omit<GetObjectCommandInput, "Bucket">, signal?: AbortSignal): Promise<GetObjectCommandOutput>;
};

/** The SDK is loaded only here, when a bucket is really read. It finds credentials and region in its usual places. */
export async function connectS3(location: S3Location): Promise<S3Calls> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client(configOf(location));
  const Bucket = location.bucket;
  const call = async <T>(
    shown: string | undefined,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throwIfStopped(signal);
      throw s3Failure(error, shown === undefined ? shownLocation(location) : `s3://${Bucket}/${shown}`);
    }
  };
  return {
    list: (input, signal) =>
      call(undefined, signal, () => client.send(new sdk.ListObjectsV2Command({ Bucket, ...input }), options(signal))),
    head: (input, signal) =>
      call(input.Key, signal, () => client.send(new sdk.HeadObjectCommand({ Bucket, ...input }), options(signal))),
    get: (input, signal) =>
      call(input.Key, signal, () => client.send(new sdk.GetObjectCommand({ Bucket, ...input }), options(signal))),
  };
}

export function shownLocation({ bucket, prefix, endpoint }: S3Location): string {
  return `s3://${bucket}/${prefix}${endpoint === undefined ? "" : ` at ${endpoint}`}`;
}

/** Turns what the SDK throws, also in the middle of a body, into a Failed that says what to do. */
export function s3Failure(error: unknown, shown: string): Error {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const known = HINTS.find((hint) => hint.matches(name, status));
  return fail(known?.code ?? "era-source-unreachable", `${shown}: ${name}${message === name ? "" : `: ${message}`}`, {
    hint: known?.hint ?? "check the endpoint and the network; the same command goes on where it stopped",
    retryable: known?.retryable ?? true,
    cause: error,
  });
}

type Hint = {
  matches(name: string, status: number | undefined): boolean;
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
};

const HINTS: readonly Hint[] = [
  {
    matches: (name) => /CredentialsProvider|CredentialsError|^NoCredentials/.test(name),
    code: "era-source-credentials",
    hint: "no AWS credentials were found: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or add ?anonymous=true to the s3:// address of a public bucket",
    retryable: false,
  },
  {
    matches: (name) => name === "NoSuchBucket",
    code: "era-source-missing",
    hint: "check the name of the bucket, its region (?region=) and the endpoint (?endpoint=)",
    retryable: false,
  },
  {
    matches: (name, status) => status === 412 || name === "PreconditionFailed",
    code: "era-file-replaced",
    hint: "the file changed since it was listed: discover again",
    retryable: false,
  },
  {
    matches: (name, status) => status === 404 || name === "NoSuchKey",
    code: "era-file-gone",
    hint: "the listing named it, the bucket has it no more: discover again",
    retryable: false,
  },
  {
    matches: (_name, status) => status === 401 || status === 403,
    code: "era-source-refused",
    hint: "these credentials may not read there; for a public bucket add ?anonymous=true to the s3:// address",
    retryable: false,
  },
  {
    matches: (_name, status) => status === 503 || status === 429 || status === 500,
    code: "era-source-busy",
    hint: "the store is overloaded: try again later, or with fewer parallel downloads (ERA_MAX_CONCURRENT_DOWNLOADS)",
    retryable: true,
  },
];

function configOf({ region, endpoint, anonymous }: S3Location): S3ClientConfig {
  return {
    // Our own retries say what happens; the SDK keeps two quick ones for single lost packets.
    maxAttempts: 3,
    retryMode: "standard",
    // Stores other than AWS do not know the newer checksums.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000, socketTimeout: 60_000 },
    followRegionRedirects: true,
    ...(region !== undefined ? { region } : endpoint !== undefined || anonymous ? { region: "us-east-1" } : {}),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(anonymous
      ? { signer: { sign: async (request) => request }, credentials: { accessKeyId: "", secretAccessKey: "" } }
      : {}),
  };
}

function options(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
