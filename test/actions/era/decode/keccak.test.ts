import crypto from "node:crypto";
import { expect, it } from "vitest";
import { keccak256 } from "../../../../src/actions/era/decode/js-kernel/keccak.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

it("hashes with the original Keccak padding, not with that of SHA-3", () => {
  expect(hex(keccak256(new Uint8Array()))).toBe("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  expect(hex(keccak256(Buffer.from("abc")))).toBe("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
});

it.runIf(crypto.getHashes().includes("keccak-256"))("agrees with OpenSSL on every length around the block size", () => {
  for (let length = 0; length < 420; length++) {
    const message = Buffer.alloc(length, `${length} bytes`);
    expect(hex(keccak256(message))).toBe(crypto.createHash("keccak-256").update(message).digest("hex"));
  }
});
