import { Box, Text, useApp, useInput, usePaste, useWindowSize } from "ink";
import { createElement as h, type ReactElement, useLayoutEffect, useSyncExternalStore } from "react";
import { type InkKey, keyOf } from "../key.ts";
import { App, DialogView, Pane } from "../run/app.ts";
import type { SuspendTerminal } from "../terminal/session.ts";
import type { Page } from "./page.ts";
import type { Shell } from "./shell.ts";

/** Shows the view in front. */
export function ShellApp({ shell }: { readonly shell: Shell }): ReactElement | null {
  const app = useApp();
  const front = useSyncExternalStore(shell.subscribe, shell.front);
  useLayoutEffect(
    () => shell.mounted(app.suspendTerminal as SuspendTerminal, () => void setImmediate(() => app.exit())),
    [app, shell],
  );
  // Between two views nobody else listens; the terminal must stay as it is.
  useInput(() => {});
  usePaste(() => {});
  if (!front) return null;
  return front.kind === "run"
    ? h(App, { key: "run", model: front.screen, onExit: front.leave })
    : h(PageApp, { key: "page", page: front.page });
}

/** Layout only: the cells of the body are painted by the page. */
function PageApp({ page }: { readonly page: Page }): ReactElement {
  useSyncExternalStore(page.subscribe, page.version);
  const { columns, rows } = useWindowSize();
  useInput((input, ink) => {
    const key = keyOf(input, ink as unknown as InkKey);
    if (key) page.press(key);
  });
  usePaste((text) => page.press({ kind: "paste", text }));
  const { header, body, footer, dialog } = page.frame(columns, rows);
  return h(
    Box,
    { flexDirection: "column", width: columns, height: rows },
    ...header.map((text, index) => h(Text, { key: `h${index}`, inverse: index === 0, wrap: "truncate" }, text)),
    body && h(Pane, { key: "body", id: "page", ...body, paint: page.paint, output: page.output }),
    ...footer.map((text, index) => h(Text, { key: `f${index}`, dimColor: true, wrap: "truncate" }, text)),
    dialog && h(DialogView, { key: "dialog", box: dialog }),
  );
}
