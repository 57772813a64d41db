/** What errors of the SDK carry, as far as we look. */
export type SdkError = Error & {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: { readonly [name: string]: string } };
  readonly Region?: string;
};

/** The store asked to slow down. */
export function isThrottling(error: unknown): boolean {
  const { name, $metadata } = error as SdkError;
  return $metadata?.httpStatusCode === 503 || $metadata?.httpStatusCode === 429 || THROTTLING.has(name);
}

export const THROTTLING = new Set([
  "SlowDown",
  "ThrottlingException",
  "RequestLimitExceeded",
  "BandwidthLimitExceeded",
]);
