import type { IBufferCell, Terminal } from "@xterm/headless";

const CELL = { width: 8.4, height: 18, font: 14 };
const MARGIN = 12;
const BAR = 26;
const BACK = "#0d1117";
const FORE = "#c9d1d9";
/** The 16 colours of a common dark theme. */
const PALETTE = [
  ...["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
  ...["#8b949e", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff"],
];

type Style = {
  readonly fore: string;
  readonly back: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
};
type Run = { readonly x: number; columns: number; text: string; readonly style: Style };

/** What the terminal shows as a picture. Lines and blocks are drawn, not written: fonts disagree on them. */
export function svgOf(terminal: Terminal, title: string): string {
  const { cols, rows } = terminal;
  const width = cols * CELL.width + 2 * MARGIN;
  const height = rows * CELL.height + MARGIN + BAR + 6;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="100%" height="100%" rx="8" fill="${BACK}" stroke="#30363d"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (fill, index) => `<circle cx="${MARGIN + 6 + index * 18}" cy="14" r="5.5" fill="${fill}"/>`,
    ),
    `<g font-family="'JetBrains Mono','DejaVu Sans Mono','SF Mono',Menlo,Consolas,monospace" font-size="${CELL.font}">`,
  ];
  for (let y = 0; y < rows; y++) for (const run of runsOf(terminal, y)) parts.push(drawn(run, y));
  return `${[...parts, "</g>", "</svg>"].filter(Boolean).join("\n")}\n`;
}

function runsOf(terminal: Terminal, y: number): readonly Run[] {
  const { active } = terminal.buffer;
  const line = active.getLine(active.viewportY + y);
  const runs: Run[] = [];
  for (let x = 0; line && x < terminal.cols; x++) {
    const cell = line.getCell(x);
    if (!cell || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const text = cell.isInvisible() ? " " : cell.getChars() || " ";
    const last = runs.at(-1);
    if (last && same(last.style, style) && last.x + last.columns === x) {
      last.text += text;
      last.columns += cell.getWidth();
    } else runs.push({ x, columns: cell.getWidth(), text, style });
  }
  return runs;
}

function styleOf(cell: IBufferCell): Style {
  const fore = cell.isFgDefault() ? FORE : (PALETTE[cell.getFgColor()] ?? FORE);
  const back = cell.isBgDefault() ? undefined : PALETTE[cell.getBgColor()];
  const inverse = cell.isInverse() !== 0;
  return {
    fore: inverse ? (back ?? BACK) : fore,
    back: inverse ? fore : back,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    underline: cell.isUnderline() !== 0,
  };
}

function same(a: Style, b: Style): boolean {
  return a.fore === b.fore && a.back === b.back && a.bold === b.bold && a.dim === b.dim && a.underline === b.underline;
}

function drawn({ x, columns, text, style }: Run, y: number): string {
  const [left, top] = [MARGIN + x * CELL.width, BAR + y * CELL.height];
  const dim = style.dim ? ' opacity="0.65"' : "";
  const parts: string[] = [];
  if (style.back) {
    // A hair more than the cells, so that neighbouring rows leave no seam.
    parts.push(
      `<rect x="${round(left)}" y="${round(top)}" width="${round(columns * CELL.width + 0.3)}" height="${CELL.height + 0.3}" fill="${style.back}"/>`,
    );
  }
  let column = 0;
  for (const piece of text.match(/[─│╭╮╰╯━╌▁▂▃▄▅▆▇█■]|[^─│╭╮╰╯━╌▁▂▃▄▅▆▇█■]+/gu) ?? []) {
    const pieceLeft = left + column * CELL.width;
    const shape = shapeOf(piece, pieceLeft, top, style.fore);
    if (shape) {
      parts.push(`<g${dim}>${shape}</g>`);
      column++;
      continue;
    }
    const cells = piece === text ? columns : [...piece].length;
    // Blanks beside each other are one in a picture, so words that stand apart are placed apart.
    for (const { index, 0: words } of piece.matchAll(/\S+(?: \S+)*/g)) {
      const x = pieceLeft + [...piece.slice(0, index)].length * CELL.width;
      const wide = piece === text && cells !== [...piece].length;
      const length = wide ? "" : ` textLength="${round([...words].length * CELL.width)}"`;
      const weight = style.bold ? ' font-weight="bold"' : "";
      const line = style.underline ? ' text-decoration="underline"' : "";
      const place = `x="${round(x)}" y="${round(top + 13.4)}" fill="${style.fore}"`;
      parts.push(`<text ${place}${length}${weight}${line}${dim}>${escaped(words)}</text>`);
    }
    column += cells;
  }
  return parts.join("\n");
}

const BLOCKS = "▁▂▃▄▅▆▇█";

function shapeOf(char: string, left: number, top: number, colour: string): string | undefined {
  const { width: w, height: h } = CELL;
  const [mx, my] = [left + w / 2, top + h / 2];
  const line = (d: string, thick = 1.2): string =>
    `<path d="${d}" stroke="${colour}" stroke-width="${thick}" fill="none"/>`;
  const p = (x: number, y: number): string => `${round(x)} ${round(y)}`;
  const block = BLOCKS.indexOf(char);
  if (block >= 0) {
    const tall = ((block + 1) / 8) * h;
    return `<rect x="${round(left + 0.4)}" y="${round(top + h - tall)}" width="${round(w - 0.8)}" height="${round(tall)}" fill="${colour}"/>`;
  }
  switch (char) {
    case "─":
      return line(`M${p(left, my)}H${round(left + w)}`);
    case "│":
      return line(`M${p(mx, top)}V${round(top + h)}`);
    case "╭":
      return line(`M${p(mx, top + h)}Q${p(mx, my)} ${p(left + w, my)}`);
    case "╮":
      return line(`M${p(mx, top + h)}Q${p(mx, my)} ${p(left, my)}`);
    case "╰":
      return line(`M${p(mx, top)}Q${p(mx, my)} ${p(left + w, my)}`);
    case "╯":
      return line(`M${p(mx, top)}Q${p(mx, my)} ${p(left, my)}`);
    case "━":
      return line(`M${p(left, my)}H${round(left + w)}`, 3.2);
    case "╌":
      return line(`M${p(left + 1, my)}h${round(w / 2 - 2)}m2 0h${round(w / 2 - 2)}`);
    case "■":
      return `<rect x="${round(left + 0.8)}" y="${round(my - 3.6)}" width="${round(w - 1.6)}" height="7.2" rx="1" fill="${colour}"/>`;
    default:
      return undefined;
  }
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
