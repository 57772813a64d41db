/** At most `width` pieces of work at once; the others wait in the order in which they came. */
export class Gate {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(width: number) {
    this.#width = Math.max(1, width);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#width) await new Promise<void>((enter) => this.#waiting.push(enter));
    else this.#busy++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}
