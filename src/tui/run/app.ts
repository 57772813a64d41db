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
  readonly paintSteps: Paint;
  readonly paintLog: Paint;
};

type Paint = (width: number, height: number) => string[];

/** Layout only: React sees rows and rectangles; the cells of lists and logs are painted by canvases. */
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
  const panes = [
    view.steps && h(Pane, { key: "steps", id: "steps", ...view.steps, paint: model.paintSteps, output: model.output }),
    view.separator && h(Separator, { key: "separator", height: view.steps?.height ?? 0, glyph: model.separator }),
    view.log && h(Pane, { key: "log", id: "log", ...view.log, paint: model.paintLog, output: model.output }),
  ];
  return h(
    Box,
    { flexDirection: "column", width: columns, height: rows },
    ...view.header.map((text, index) => {
      const loud = index === 0 ? HEADLINE[view.tone] : {};
      return h(Text, { key: `h${index}`, wrap: "truncate", ...loud }, text);
    }),
    h(Box, { key: "body", flexDirection: row ? "row" : "column" }, ...panes),
    ...view.footer.map((text, index) =>
      h(Text, { key: `f${index}`, dimColor: index === view.footer.length - 1, wrap: "truncate" }, text),
    ),
    view.dialog && h(DialogView, { key: "dialog", box: view.dialog }),
  );
}

const HEADLINE: { readonly [tone in View["tone"]]: object } = {
  plain: { inverse: true },
  lab: { inverse: true, color: "cyan" },
  production: { inverse: true, color: "red", bold: true },
};

type PaneProps = {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
  readonly output: Output;
};

export const Pane = memo(({ id, width, height, paint, output }: PaneProps) => {
  const ref = useRef<unknown>(null);
  useLayoutEffect(() => {
    const at = measureElement(ref.current as never) as { x: number; y: number; width: number; height: number };
    output.setCanvas(id, { x: at.x, y: at.y, width: at.width, height: at.height, rows: paint });
    return () => output.setCanvas(id, undefined);
  });
  const hole = `${HOLE_OPEN}${" ".repeat(width)}${HOLE_CLOSE}`;
  return h(
    Box,
    { ref: ref as RefObject<never>, flexDirection: "column", width, height, flexShrink: 0 },
    ...Array.from({ length: height }, (_, index) => h(Text, { key: index, wrap: "truncate" }, hole)),
  );
});

const Separator = memo(({ height, glyph }: { readonly height: number; readonly glyph: string }) =>
  h(Box, { width: 1, flexShrink: 0 }, h(Text, { dimColor: true }, Array(height).fill(glyph).join("\n"))),
);

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
    ...box.lines.map(({ text, look }, index) => {
      const edge = index === 0 || index === box.lines.length - 1;
      const colour = edge || look === "title" ? { color: TONES[box.tone] } : {};
      const style = { bold: look === "title", inverse: look === "selected", dimColor: look === "dim" };
      return h(Text, { key: index, wrap: "truncate", ...colour, ...style }, text);
    }),
  );
}
