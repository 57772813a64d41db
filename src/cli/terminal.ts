/** Whether a person can be asked here. */
export function onTerminal(options: { readonly headless?: boolean }): boolean {
  return !options.headless && process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
}

/** Whether this terminal can show the full screen, and nobody asked for lines instead. */
export function canShowScreen(): boolean {
  const { ACCESSIBLE, INK_SCREEN_READER, RUNSHEET_PLAIN, TERM } = process.env;
  const lines = Boolean(ACCESSIBLE || INK_SCREEN_READER || RUNSHEET_PLAIN);
  return onTerminal({}) && process.stdout.isTTY === true && !lines && TERM !== "dumb";
}

/** The screen is the default on a terminal; `--plain` and whatever is for programs to read have lines. */
export function wantsScreen(options: {
  readonly plain: boolean;
  readonly events: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly headless?: boolean;
}): boolean {
  const lines = options.plain || options.events || options.json || options.quiet || options.headless;
  return !lines && canShowScreen();
}
