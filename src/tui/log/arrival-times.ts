/** More of them are thinned out: every second one is forgotten. */
const MAX_MARKS = 8_192;

/**
 * When the bytes of a growing file arrived, as seen by whoever looks at its size from time to time. Commands write into their
 * file directly, so nobody else knows.
 */
export class ArrivalTimes {
  /** Bytes below `upTo` had arrived at `ms`; `undefined`: before anybody looked. */
  private marks: { readonly upTo: number; readonly ms: number | undefined }[] = [];

  clear(): void {
    this.marks = [];
  }

  note(sizeBytes: number, ms: number | undefined): void {
    this.marks.push({ upTo: sizeBytes, ms });
    if (this.marks.length <= MAX_MARKS) return;
    this.marks = this.marks.filter((mark, index) => index % 2 === 1 || mark.ms === undefined);
  }

  /** `14:02:10`, or blanks of the same width. */
  clockOf(offset: number): string {
    let low = 0;
    let high = this.marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.marks[middle]?.upTo ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    const ms = this.marks[low]?.ms;
    return ms === undefined ? " ".repeat(8) : new Date(ms).toTimeString().slice(0, 8);
  }
}
