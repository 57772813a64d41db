import { Box, measureElement, Text, useApp, useInput, usePaste, useWindowSize } from "ink";
import {
  createElement as h,
  memo,
  type ReactElement,
  type RefObject,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from "react";
import type { Span } from "../dialog/body.ts";
import type { BoxTone, DialogBox } from "../dialog/dialog-lines.ts";
import { type InkKey, type Key, keyOf } from "../key.ts";
import { HOLE_CLOSE, HOLE_OPEN } from "../terminal/frame.ts";
import type { Output } from "../terminal/output.ts";
import type { SuspendTerminal } from "../terminal/session.ts";
import type { View } from "./view.ts";

/** What the components need from the screen that they are part of. */
export type AppModel = {
  readonly output: Output;
  readonly separator: string;
  subscribe(listener: () => void): () => void;
  version(): number;
  view(columns: number, rows: number): View;
  press(key: Key): void;
  mounted(suspend: SuspendTerminal, exit: () => void): void;
  readonly paintHeader: Paint;
  readonly paintFooter: Paint;
  readonly paintSteps: Paint;
  readonly paintLog: Paint;
};

type Paint = (width: number, height: number) => string[];

/**
 * Layout only: React sees rectangles and dialogs; every other cell is painted by canvases, because a frame of Ink costs several
 * milliseconds however little of it has changed. `version` moves when a rectangle or a dialog does.
 */
export function App({ model, onExit }: { readonly model: AppModel; onExit?(): void }): ReactElement {
  const app = useApp();
  useSyncExternalStore(model.subscribe, model.version);
  const { columns, rows } = useWindowSize();
  // Not while the first frame is being drawn: nobody waits for the exit yet.
  const exit = onExit ?? (() => void setImmediate(() => app.exit()));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model is told once where it lives
  useLayoutEffect(() => model.mounted(app.suspendTerminal as SuspendTerminal, exit), [app, model]);
  useInput((input, ink) => {
    const key = keyOf(input, ink as unknown as InkKey);
    if (key) model.press(key);
  });
  usePaste((text) => model.press({ kind: "paste", text }));
  const view = model.view(columns, rows);
  const row = columns >= 80;
  // A rectangle that keeps its size may move all the same: it is measured again when any of them changes.
  const place = [columns, rows, view.header.length, view.steps?.width, view.steps?.height, view.log?.height].join(" ");
  const rowsPane = (id: string, height: number, paint: Paint): ReactElement | false =>
    height > 0 && h(Pane, { key: id, id, width: columns, height, paint, output: model.output, place });
  const panes = [
    view.steps &&
      h(Pane, { key: "steps", id: "steps", ...view.steps, paint: model.paintSteps, output: model.output, place }),
    view.separator && h(Separator, { key: "separator", height: view.steps?.height ?? 0, glyph: model.separator }),
    view.log && h(Pane, { key: "log", id: "log", ...view.log, paint: model.paintLog, output: model.output, place }),
  ];
  return h(
    Box,
    { flexDirection: "column", width: columns, height: rows },
    rowsPane("header", view.header.length, model.paintHeader),
    h(Box, { key: "body", flexDirection: row ? "row" : "column" }, ...panes),
    rowsPane("footer", view.footer.length, model.paintFooter),
    view.dialog && h(DialogView, { key: "dialog", box: view.dialog }),
  );
}

type PaneProps = {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
  readonly output: Output;
  /** Changes whenever the pane may have moved. */
  readonly place?: string;
};

export const Pane = memo(({ id, width, height, paint, output }: PaneProps) => {
  const ref = useRef<unknown>(null);
  useLayoutEffect(() => {
    const at = measureElement(ref.current as never) as { x: number; y: number; width: number; height: number };
    output.setCanvas(id, { x: at.x, y: at.y, width: at.width, height: at.height, rows: paint });
    return () => output.setCanvas(id, undefined);
  });
  const hole = `${HOLE_OPEN}${" ".repeat(width)}${HOLE_CLOSE}`;
  const rows = Array(height).fill(hole).join("\n");
  return h(Box, { ref: ref as RefObject<never>, width, height, flexShrink: 0 }, h(Text, { wrap: "truncate" }, rows));
});

const Separator = memo(({ height, glyph }: { readonly height: number; readonly glyph: string }) =>
  h(Box, { width: 1, flexShrink: 0 }, h(Text, { dimColor: true }, Array(height).fill(glyph).join("\n"))),
);

const CODE_COLOUR = "cyan";
const TONES: { readonly [tone in BoxTone]: string } = {
  danger: "red",
  doubt: "magenta",
  ask: "yellow",
  plain: "white",
};

export function DialogView({ box }: { readonly box: DialogBox }): ReactElement {
  return h(
    Box,
    {
      position: "absolute",
      marginLeft: box.x,
      marginTop: box.y,
      width: box.width,
      flexDirection: "column",
    },
    ...box.lines.map(({ text, look, spans }, index) => {
      const color = TONES[box.tone];
      const style = { bold: look === "title", inverse: look === "selected", dimColor: look === "dim" };
      const within = { ...style, ...(look === "title" ? { color } : {}) };
      const side = /^[│|]/.test(text) && /[│|]$/.test(text);
      const edge = index === 0 || index === box.lines.length - 1;
      if (!side)
        return h(
          Text,
          { key: index, wrap: "truncate", ...within, ...(edge ? { color } : {}) },
          ...styled(text, spans, 0, text.length),
        );
      return h(
        Text,
        { key: index, wrap: "truncate" },
        h(Text, { color }, text.slice(0, 1)),
        h(Text, within, ...styled(text, spans, 1, text.length - 1)),
        h(Text, { color }, text.slice(-1)),
      );
    }),
  );
}

/** Characters [from, to) of a line, its spans as texts of their own. */
function styled(text: string, spans: readonly Span[] = [], from: number, to: number): (string | ReactElement)[] {
  const out: (string | ReactElement)[] = [];
  let at = from;
  for (const span of spans) {
    const style = { bold: span.strong, ...(span.code ? { color: CODE_COLOUR } : {}) };
    out.push(text.slice(at, span.from), h(Text, { key: span.from, ...style }, text.slice(span.from, span.to)));
    at = span.to;
  }
  return [...out, text.slice(at, to)];
}
