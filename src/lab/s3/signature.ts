import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Address, encodeUri } from "./address.ts";
import { S3Error } from "./s3-error.ts";
import { element } from "./xml.ts";

/** What a verified signature fixes: the seed and key that the chunks of a signed streaming body continue from. */
export type Signed = {
  readonly scope: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly signingKey: Buffer;
};

type Claim = {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  readonly payloadHash: string;
  readonly expiresS?: number;
};

export type SignatureRules = {
  readonly secrets: ReadonlyMap<string, string>;
  /** Undefined accepts any region. */
  readonly region: string | undefined;
  nowMs(): number;
};

const MAX_SKEW_MS = 15 * 60_000;

/**
 * Checks AWS Signature Version 4, in the header or presigned in the query. Source: "Authenticating Requests (AWS
 * Signature Version 4)" in the Amazon S3 API reference. Throws S3Error as Amazon answers.
 */
export function verifySignature(
  method: string,
  address: Address,
  headers: IncomingHttpHeaders,
  rules: SignatureRules,
): Signed {
  const claim = address.query.has("X-Amz-Signature") ? claimOfQuery(address.query) : claimOfHeaders(headers);
  const secret = rules.secrets.get(claim.accessKeyId);
  if (secret === undefined) {
    throw new S3Error(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  }
  checkRegion(claim, rules.region);
  checkTime(claim, rules.nowMs());
  const canonical = canonicalRequest(method, address, headers, claim);
  const toSign = ["AWS4-HMAC-SHA256", claim.timestamp, claim.scope, sha256(canonical)].join("\n");
  const signingKey = deriveKey(secret, claim);
  const expected = hmac(signingKey, toSign).toString("hex");
  if (!sameText(expected, claim.signature)) {
    throw new S3Error(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      { xml: element("StringToSign", toSign).xml + element("CanonicalRequest", canonical).xml },
    );
  }
  return { scope: claim.scope, timestamp: claim.timestamp, signature: claim.signature, signingKey };
}

function claimOfHeaders(headers: IncomingHttpHeaders): Claim {
  const header = headers.authorization;
  if (header === undefined) throw new S3Error(403, "AccessDenied", "Access Denied");
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/.exec(header);
  if (!match) throw malformed("The authorization header is malformed.");
  const payloadHash = headers["x-amz-content-sha256"];
  if (typeof payloadHash !== "string") {
    throw new S3Error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  }
  const timestamp = headers["x-amz-date"];
  if (typeof timestamp !== "string") throw malformed("The x-amz-date header is missing.");
  return {
    ...credential(match[1]!),
    signedHeaders: match[2]!.split(";"),
    signature: match[3]!,
    timestamp,
    payloadHash,
  };
}

function claimOfQuery(query: URLSearchParams): Claim {
  const get = (name: string) => query.get(`X-Amz-${name}`) ?? "";
  return {
    ...credential(get("Credential")),
    signedHeaders: get("SignedHeaders").split(";"),
    signature: get("Signature"),
    timestamp: get("Date"),
    payloadHash: "UNSIGNED-PAYLOAD",
    expiresS: Number(get("Expires")),
  };
}

function credential(text: string): Pick<Claim, "accessKeyId" | "scope" | "date" | "region" | "service"> {
  const parts = text.split("/");
  const [date, region, service, terminator] = parts.slice(-4);
  if (parts.length < 5 || terminator !== "aws4_request") throw malformed("The credential is malformed.");
  return {
    accessKeyId: parts.slice(0, -4).join("/"),
    scope: parts.slice(-4).join("/"),
    date: date!,
    region: region!,
    service: service!,
  };
}

function checkRegion(claim: Claim, region: string | undefined): void {
  if (region === undefined || claim.region === region) return;
  throw new S3Error(
    400,
    "AuthorizationHeaderMalformed",
    `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '${region}'`,
    element("Region", region),
  );
}

function checkTime(claim: Claim, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.timestamp);
  if (!match) throw malformed("The request date is malformed.");
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as number[];
  const signedMs = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!);
  if (claim.expiresS !== undefined) {
    if (nowMs > signedMs + claim.expiresS * 1000) throw new S3Error(403, "AccessDenied", "Request has expired");
  } else if (Math.abs(nowMs - signedMs) > MAX_SKEW_MS) {
    throw new S3Error(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      {
        xml:
          element("RequestTime", claim.timestamp).xml +
          element("ServerTime", new Date(nowMs).toISOString()).xml +
          element("MaxAllowedSkewMilliseconds", MAX_SKEW_MS).xml,
      },
    );
  }
}

function canonicalRequest(method: string, address: Address, headers: IncomingHttpHeaders, claim: Claim): string {
  const path = address.path.split("/").map(encodeUri).join("/");
  const query = [...address.query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const lines = claim.signedHeaders.map((name) => `${name}:${headerText(headers[name])}`);
  return [method, path, query, ...lines, "", claim.signedHeaders.join(";"), claim.payloadHash].join("\n");
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function headerText(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? value.join(",") : (value ?? "");
  return text.trim().replace(/ +/g, " ");
}

let cachedKey: { readonly id: string; readonly key: Buffer } | undefined;

/** The key changes once a day, and three of the four HMACs of a request would be spent on it. */
function deriveKey(secret: string, claim: Claim): Buffer {
  const id = `${secret}\n${claim.scope}`;
  if (cachedKey?.id !== id) {
    const dated = hmac(hmac(hmac(`AWS4${secret}`, claim.date), claim.region), claim.service);
    cachedKey = { id, key: hmac(dated, "aws4_request") };
  }
  return cachedKey.key;
}

export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function malformed(message: string): S3Error {
  return new S3Error(400, "AuthorizationHeaderMalformed", message);
}
