/** Lets a bounded number of works run at once; the others wait in the order in which they came. */
export type Turns = { take<T>(work: () => Promise<T>): Promise<T> };

export function createTurns(most: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    take: async (work) => {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        return await work();
      } finally {
        // The place goes from hand to hand; only where nobody waits does it become free.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
