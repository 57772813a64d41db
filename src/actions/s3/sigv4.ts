import { createHmac, hash } from "node:crypto";

/** What a signature is good for, beside its day. */
export type SigningScope = { readonly region: string; readonly service: string };

export type SigningCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

/** Path and query as they are sent; names of headers in lower case. */
export type UnsignedRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: { readonly host: string; readonly "x-amz-content-sha256": string; readonly [name: string]: string };
};

/** Gives the headers of a request with time and signature. */
export type Signer = (
  request: UnsignedRequest,
  credentials: SigningCredentials,
  nowMs: number,
) => { readonly [name: string]: string };

/**
 * Signs requests with AWS Signature Version 4 in the header. Source: "Authenticating Requests: Using the Authorization
 * Header (AWS Signature Version 4)" in the Amazon S3 API reference.
 */
export function signer({ region, service }: SigningScope): Signer {
  let derived: { readonly of: string; readonly key: Buffer } | undefined;
  // It changes once a day, and four of the five hashes with a key of a request would be spent on it.
  const keyOf = (secret: string, day: string) => {
    const of = `${secret} ${day}`;
    if (derived?.of !== of) {
      const key = [day, region, service, "aws4_request"].reduce(hmac, Buffer.from(`AWS4${secret}`));
      derived = { of, key };
    }
    return derived.key;
  };
  return ({ method, path, query, headers }, { accessKeyId, secretAccessKey, sessionToken }, nowMs) => {
    const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
    const day = time.slice(0, 8);
    const all: Record<string, string> = { ...headers, "x-amz-date": time };
    if (sessionToken !== undefined) all["x-amz-security-token"] = sessionToken;
    const names = Object.keys(all)
      .filter((name) => name === "host" || name.startsWith("x-amz-"))
      .sort();
    const signedHeaders = names.join(";");
    const lines = names.map((name) => `${name}:${all[name]}\n`).join("");
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${signedHeaders}\n${headers["x-amz-content-sha256"]}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", canonical)}`;
    const signature = hmac(keyOf(secretAccessKey, day), toSign).toString("hex");
    all.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return all;
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
