const MAX_LINES = 60;

/**
 * The lines between the common beginning and the common end of two texts, `-` before and `+` after, with one line of
 * context; enough to see what changes in a configuration file.
 */
export function lineDifference(before: string, after: string): string[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  const lines = [
    ...(start > 0 ? [`  ${old[start - 1]}`] : []),
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...fresh.slice(start, fresh.length - end).map((line) => `+ ${line}`),
    ...(end > 0 ? [`  ${old[old.length - end]}`] : []),
  ];
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `... and ${lines.length - MAX_LINES} more lines`];
}
