import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc32c } from "../../../lib/crc32c.ts";
import { crc64Nvme } from "../../../lib/crc64-nvme.ts";

/** The additional checksums of S3, by the name that headers carry: `x-amz-checksum-<name>`. */
export const CHECKSUM_NAMES = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const;

export type ChecksumName = (typeof CHECKSUM_NAMES)[number];

/** Base64 values by algorithm. */
export type Checksums = { readonly [name in ChecksumName]?: string };

export function isChecksumName(name: string): name is ChecksumName {
  return (CHECKSUM_NAMES as readonly string[]).includes(name);
}

export type RunningChecksum = {
  update(data: Uint8Array): void;
  /** Base64, big-endian for the CRCs. May be asked once. */
  digest(): string;
};

export function startChecksum(name: ChecksumName): RunningChecksum {
  switch (name) {
    case "sha1":
    case "sha256": {
      const hash = createHash(name);
      return { update: (data) => void hash.update(data), digest: () => hash.digest("base64") };
    }
    case "crc64nvme": {
      let value = 0n;
      return {
        update: (data) => {
          value = crc64Nvme(data, value);
        },
        digest: () => bigEndian(8, (buffer) => buffer.writeBigUInt64BE(value)),
      };
    }
    default: {
      const step = name === "crc32" ? crc32 : crc32c;
      let value = 0;
      return {
        update: (data) => {
          value = step(data, value);
        },
        digest: () => bigEndian(4, (buffer) => buffer.writeUInt32BE(value)),
      };
    }
  }
}

function bigEndian(bytes: number, write: (buffer: Buffer) => void): string {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer.toString("base64");
}
