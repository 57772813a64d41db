import type { MaskStream } from "../lib/mask.ts";

/**
 * The beginning of a stream, masked before it is cut so that no half of a secret is left at the end. Behaves as the array
 * of chunks that zx collects into, but holds no more than it was allowed to.
 */
export class KeptOutput extends Array<string | Buffer> {
  // Methods that make new arrays of chunks must make plain ones.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  private readonly mask: MaskStream;
  private leftBytes: number;

  constructor(mask: MaskStream, maxBytes: number) {
    super();
    this.mask = mask;
    this.leftBytes = maxBytes;
  }

  override push(...chunks: (string | Buffer)[]): number {
    for (const chunk of chunks) this.keep(this.mask.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
    return this.length;
  }

  /** Everything that was kept; call it once, at the end. */
  text(): string {
    this.keep(this.mask.end());
    return Buffer.concat(this.map((chunk) => Buffer.from(chunk))).toString("utf8");
  }

  private keep(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.leftBytes);
    this.leftBytes -= part.length;
    if (part.length > 0) super.push(Buffer.from(part));
  }
}
