import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { panic } from "./environment.ts";

/** The Arweave address of a wallet file: base64url of SHA-256 over the key's modulus. Panics when it is unreadable. */
export function walletAddress(file: string): string {
  try {
    const { n } = JSON.parse(readFileSync(file, "utf8")) as { n: string };
    return createHash("sha256").update(Buffer.from(n, "base64url")).digest("base64url");
  } catch (error) {
    return panic(`"failed to read the wallet at ${file}: ${(error as Error).message}"`);
  }
}
