const PAGE_ROWS = 10;

/** Where a command of moving leads in a list of `count` rows; `undefined`: it is none. */
export function movedTo(command: string, at: number, count: number): number | undefined {
  const to = target(command, at, count);
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}

function target(command: string, at: number, count: number): number | undefined {
  switch (command) {
    case "down":
      return at + 1;
    case "up":
      return at - 1;
    case "page-down":
      return at + PAGE_ROWS;
    case "page-up":
      return at - PAGE_ROWS;
    case "first":
      return 0;
    case "last":
      return count - 1;
    default:
      return undefined;
  }
}
