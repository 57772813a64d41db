import type { CopyInput } from "./copy-requests.ts";
import { encodedKey, encodedText } from "./location.ts";
import { type SigningCredentials, type SigningScope, signer, type UnsignedRequest } from "./sigv4.ts";
import type { SdkRequest } from "./wire.ts";

/** A request, ready to be sent. */
export type SignedRequest = Pick<SdkRequest, "protocol" | "hostname" | "port" | "method" | "headers"> & {
  /** With the query. */
  readonly target: string;
};

/** Makes CopyObject requests into one bucket: what differs from object to object, the time and the signature are its own. */
export type CopyTemplate = (input: CopyInput, credentials: SigningCredentials, nowMs: number) => SignedRequest;

/**
 * The template behind one request of the SDK for the object `key`. Undefined when the request cannot be one: signed in
 * another way (S3 Express, several regions), or addressed in another way than by its key at the end of the path.
 */
export function copyTemplate(request: SdkRequest, key: string): CopyTemplate | undefined {
  const { protocol, port, method, path } = request;
  // The brackets of an IPv6 address belong to the URL.
  const hostname = request.hostname.replace(/^\[(.*)\]$/, "$1");
  const scope = scopeOf(request.headers);
  const query = queryOf(request.query ?? {});
  const end = `/${encodedKey(key)}`;
  const { host, "x-amz-content-sha256": payload } = request.headers;
  if (!scope || query === undefined || !path.endsWith(end) || !host || !payload) return undefined;
  const folder = path.slice(0, path.length - end.length);
  const fixed = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.has(name)));
  const sign = signer(scope);
  return ({ Key, CopySource, CopySourceIfMatch }, credentials, nowMs) => {
    const unsigned: UnsignedRequest = {
      method,
      path: `${folder}/${encodedKey(Key)}`,
      query,
      headers: {
        ...fixed,
        host,
        "x-amz-content-sha256": payload,
        "x-amz-copy-source": CopySource,
        ...(CopySourceIfMatch === undefined ? {} : { "x-amz-copy-source-if-match": CopySourceIfMatch }),
      },
    };
    const target = query === "" ? unsigned.path : `${unsigned.path}?${query}`;
    return { protocol, hostname, port, method, target, headers: sign(unsigned, credentials, nowMs) };
  };
}

/** Headers that belong to one request alone. */
const OWN_HEADERS = new Set([
  "authorization",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-copy-source",
  "x-amz-copy-source-if-match",
  "amz-sdk-invocation-id",
  "amz-sdk-request",
]);

function scopeOf(headers: SdkRequest["headers"]): SigningScope | undefined {
  if ("x-amz-s3session-token" in headers) return undefined;
  const credential = /^AWS4-HMAC-SHA256 Credential=[^,]+\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request,/;
  const [, region, service] = credential.exec(headers.authorization ?? "") ?? [];
  return region === undefined || service === undefined ? undefined : { region, service };
}

function queryOf(query: { readonly [name: string]: unknown }): string | undefined {
  const pairs = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.some(([, value]) => typeof value !== "string")) return undefined;
  return pairs.map(([name, value]) => `${encodedText(name)}=${encodedText(value as string)}`).join("&");
}
