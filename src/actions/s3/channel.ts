/**
 * A queue with a bound between producers and consumers of one process. `put` waits while it is full, so a fast producer
 * never fills the memory.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #takers: ((result: IteratorResult<T>) => void)[] = [];
  #putters: (() => void)[] = [];
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Resolves when there is room again. False: the channel is closed, nobody will take the item. */
  async put(item: T): Promise<boolean> {
    if (this.#closed) return false;
    const taker = this.#takers.shift();
    if (taker) {
      taker({ done: false, value: item });
      return true;
    }
    this.#items.push(item);
    while (this.#items.length >= this.#capacity && !this.#closed) {
      await new Promise<void>((resolve) => this.#putters.push(resolve));
    }
    return !this.#closed;
  }

  /** No more items; those in the queue are still taken. */
  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
    for (const putter of this.#putters.splice(0)) putter();
  }

  /** Closes, and forgets what was not taken. */
  cancel(): void {
    this.#items = [];
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return { next: () => this.#take() };
  }

  #take(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#putters.shift()?.();
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push(resolve));
  }
}
