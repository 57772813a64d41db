import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** The client side of SCRAM-SHA-256 (RFC 5802, RFC 7677), which PostgreSQL asks for by default. */
export type Scram = {
  readonly first: string;
  /** The answer to the server's challenge. */
  final(challenge: string): string;
};

export function startScram(password: string): Scram {
  const nonce = randomBytes(18).toString("base64");
  const bare = `n=,r=${nonce}`;
  return {
    first: `n,,${bare}`,
    final(challenge) {
      const parts = Object.fromEntries(challenge.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
      const { r = "", s = "", i = "0" } = parts;
      if (!r.startsWith(nonce)) throw new Error("the server's SCRAM nonce is not ours");
      const salted = pbkdf2Sync(password, Buffer.from(s, "base64"), Number(i), 32, "sha256");
      const clientKey = hmac(salted, "Client Key");
      const storedKey = createHash("sha256").update(clientKey).digest();
      const unproved = `c=biws,r=${r}`;
      const signature = hmac(storedKey, `${bare},${challenge},${unproved}`);
      const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
      return `${unproved},p=${proof.toString("base64")}`;
    },
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
