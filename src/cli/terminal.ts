/** Whether a person can be asked here. */
export function onTerminal(options: { readonly headless?: boolean }): boolean {
  return !options.headless && process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
}

/** Whether this terminal can show the full screen, and nobody asked for lines instead (`ACCESSIBLE=1`, `RUNSHEET_PLAIN=1`). */
export function canShowScreen(): boolean {
  const { ACCESSIBLE, RUNSHEET_PLAIN, TERM } = process.env;
  return onTerminal({}) && process.stdout.isTTY === true && !ACCESSIBLE && !RUNSHEET_PLAIN && TERM !== "dumb";
}
