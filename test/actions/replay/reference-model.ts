/**
 * The rules of the operators' tool, word for word and in plain numbers, as the independent opinion that tests compare
 * with. Deliberately naive: floating point, one loop per sentence. Good up to about 2^50.
 */
export type NumberPiece = { start: number; end: number; span: number };

export function expandAsDocumented(records: readonly NumberPiece[]): NumberPiece[] {
  const pieces: NumberPiece[] = [];
  for (const record of records) {
    const isCut = record.start + 1.1 * record.span < record.end;
    if (!isCut) {
      pieces.push(record);
      continue;
    }
    let begin = record.start;
    while (begin < record.end) {
      const runsToTheEnd = begin + 1.1 * record.span > record.end;
      const end = runsToTheEnd ? record.end : begin + record.span;
      pieces.push({ start: begin, end, span: record.span });
      begin = end;
    }
  }
  return pieces;
}

export type NumberSlice = { slice: number; syncUntil: number; terminateAt: number; largestStart: number };

export function slicesAsDocumented(pieces: readonly NumberPiece[], count: number, stride: number): NumberSlice[] {
  const recordsEach = Math.floor(pieces.length / count);
  const slices: NumberSlice[] = [];
  let begin = 0;
  for (let number = 1; number <= count; number++) {
    const own = number < count ? pieces.slice(0, recordsEach * number) : pieces;
    const key = own.at(-1)!.start;
    slices.push({ slice: number, syncUntil: begin, terminateAt: halfToEven(key / stride) * stride, largestStart: key });
    begin = Math.max(0, Math.floor(key / stride) * stride - 1);
  }
  return slices;
}

function halfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
