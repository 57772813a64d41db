/** One period of a replay: the blocks `[start, end)`, about `span` of them. */
export type Piece = { readonly start: bigint; readonly end: bigint; readonly span: bigint };

/**
 * Cuts records into periods as the tool that operators use does. A record is cut only when `start + 1.1 * span < end`;
 * then a piece is `span` long, except that a piece with `start + 1.1 * span > end` runs to the end. So the last piece
 * absorbs a remainder of less than 10 % of the span, and no piece is longer than 1.1 spans.
 *
 * The comparisons are made in tenths with exact integers. The tool computes them in floating point; up to 2^50 both decide alike.
 */
export function* expand(records: Iterable<Piece>): Generator<Piece> {
  for (const { start, end, span } of records) {
    if (!isBelow(start, span, end)) {
      yield { start, end, span };
      continue;
    }
    let from = start;
    while (from < end) {
      const to = isAbove(from, span, end) ? end : from + span;
      yield { start: from, end: to, span };
      from = to;
    }
  }
}

/** How many pieces `expand` makes of these records, without making them: for refusing absurd files at once. */
export function countPieces(records: Iterable<Piece>): bigint {
  let count = 0n;
  for (const { start, end, span } of records) count += isBelow(start, span, end) ? piecesOf(end - start, span) : 1n;
  return count;
}

/** The manifest as text: one `start,end,span` line per piece. */
export function manifestText(pieces: Iterable<Piece>): string {
  let text = "";
  for (const piece of pieces) text += `${piece.start},${piece.end},${piece.span}\n`;
  return text;
}

/** Whole spans are cut off until what is left is shorter than 1.1 spans; a tie leaves one more small piece. */
function piecesOf(blocks: bigint, span: bigint): bigint {
  const whole = blocks / span;
  const rest = blocks % span;
  return 10n * rest < span ? whole : whole + 1n;
}

function isBelow(start: bigint, span: bigint, end: bigint): boolean {
  return 10n * start + 11n * span < 10n * end;
}

function isAbove(start: bigint, span: bigint, end: bigint): boolean {
  return 10n * start + 11n * span > 10n * end;
}
