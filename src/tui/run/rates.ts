/** How fast things get done, from samples of how much is done. */
const SAMPLES = 40;
const EVERY_MS = 1_000;
/** Things that are watched at once; the one not heard of for the longest time makes room. */
const MAX_WATCHED = 512;

type Watched = { atMs: number; done: number; readonly perSecond: number[] };

export class Rates {
  private readonly watched = new Map<string, Watched>();

  /** Tells how much of `name` is done now; call it as often as you like. */
  note(name: string, done: number, nowMs: number): void {
    const known = this.watched.get(name);
    if (!known || done < known.done) {
      this.watched.delete(name);
      this.watched.set(name, { atMs: nowMs, done, perSecond: [] });
      if (this.watched.size > MAX_WATCHED) this.watched.delete(this.watched.keys().next().value as string);
      return;
    }
    const passedMs = nowMs - known.atMs;
    if (passedMs < EVERY_MS) return;
    known.perSecond.push(((done - known.done) * 1000) / passedMs);
    if (known.perSecond.length > SAMPLES) known.perSecond.shift();
    known.atMs = nowMs;
    known.done = done;
  }

  /** Per second, over the samples that are kept; `undefined` while too little is known. */
  perSecond(name: string): number | undefined {
    const samples = this.watched.get(name)?.perSecond;
    if (!samples || samples.length < 2) return undefined;
    return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  }

  /** The last samples as bars, newest right; blanks where there are none yet. */
  spark(name: string, columns: number, bars: readonly string[]): string {
    const samples = (this.watched.get(name)?.perSecond ?? []).slice(-columns);
    const most = Math.max(...samples, 0);
    const drawn = samples.map((sample) => {
      const level = most === 0 ? 0 : Math.round((sample / most) * (bars.length - 1));
      return bars[level] as string;
    });
    return drawn.join("").padStart(columns);
  }
}
