import { sliceRow, widthOf } from "./width.ts";

/** A hole in Ink's frame: concealed cells (SGR 8) that a canvas fills. Ink measures, wraps and caches every text for ever. */
export const HOLE_OPEN = "\u001b[8m";
export const HOLE_CLOSE = "\u001b[28m";

/** Paints its own rows into its rectangle of the screen. `rows` gives exactly `height` rows of exactly `width` columns. */
export type Canvas = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  rows(width: number, height: number): readonly string[];
};

type Hole = { readonly column: number; readonly columns: number };
type Piece = string | Hole;

/** One frame of Ink, cut at its holes once, composed with the canvases as often as these change. */
export class Frame {
  private readonly rows: readonly string[];
  private readonly pieces: (readonly Piece[])[] = [];

  constructor(text: string) {
    this.rows = text.split("\n");
  }

  compose(canvases: Iterable<Canvas>, maxRows: number): string[] {
    const painted = [...canvases].map((canvas) => ({ canvas, rows: canvas.rows(canvas.width, canvas.height) }));
    const out: string[] = [];
    for (let y = 0; y < Math.min(this.rows.length, maxRows); y++) {
      this.pieces[y] ??= piecesOf(this.rows[y] as string);
      out.push((this.pieces[y] as readonly Piece[]).map((piece) => fill(piece, y, painted)).join(""));
    }
    return out;
  }
}

function piecesOf(row: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let index = 0;
  let column = 0;
  for (let open = row.indexOf(HOLE_OPEN); open >= 0; open = row.indexOf(HOLE_OPEN, index)) {
    const left = row.slice(index, open);
    const close = row.indexOf(HOLE_CLOSE, open);
    const end = close < 0 ? row.length : close;
    column += widthOf(left);
    const columns = widthOf(row.slice(open + HOLE_OPEN.length, end));
    pieces.push(left, { column, columns });
    column += columns;
    index = end + HOLE_CLOSE.length;
  }
  pieces.push(row.slice(index));
  return pieces;
}

function fill(piece: Piece, y: number, painted: readonly { canvas: Canvas; rows: readonly string[] }[]): string {
  if (typeof piece === "string") return piece;
  for (const { canvas, rows } of painted) {
    const inside = y >= canvas.y && y < canvas.y + canvas.height;
    if (!inside || piece.column < canvas.x || piece.column >= canvas.x + canvas.width) continue;
    const row = rows[y - canvas.y] ?? "";
    const from = piece.column - canvas.x;
    const whole = from === 0 && piece.columns === canvas.width;
    const text = whole ? row : sliceRow(row, from, from + piece.columns);
    const missing = piece.columns - widthOf(text);
    return `${text}\u001b[0m${missing > 0 ? " ".repeat(missing) : ""}`;
  }
  return " ".repeat(piece.columns);
}
