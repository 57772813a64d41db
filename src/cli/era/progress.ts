import { printable } from "../../lib/printable.ts";

const EVERY_MS = 200;

/** Lines that stay and, on a terminal, one line below them that changes in place. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #shown = "";
  #last = 0;

  constructor(out: NodeJS.WriteStream, quiet: boolean) {
    this.#out = out;
    this.#quiet = quiet;
  }

  line(text: string): void {
    if (this.#quiet) return;
    const below = this.#shown;
    this.clear();
    this.#out.write(`${printable(text)}\n`);
    if (below !== "") this.#show(below);
  }

  /** Shown only on a terminal, and not more often than eyes can follow. */
  update(text: string): void {
    if (this.#quiet || !this.#out.isTTY || performance.now() - this.#last < EVERY_MS) return;
    this.#last = performance.now();
    this.clear();
    this.#show(printable(text));
  }

  clear(): void {
    if (this.#shown !== "") this.#out.write("\r\u001b[2K");
    this.#shown = "";
  }

  #show(text: string): void {
    this.#shown = text.slice(0, Math.max(20, (this.#out.columns ?? 80) - 1));
    this.#out.write(this.#shown);
  }
}
