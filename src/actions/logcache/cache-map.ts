import { compareUtf8 } from "../../lib/compare-utf8.ts";

/**
 * The entries for the cache map, exactly as the procedure makes them:
 * `cat FILE | sort | sed -e 's/s\"/\"/g' | sed -e 's/\"\"/\"/g' | sed -e s'/.$//' | sed -e s'/^.//'`
 *
 * Sorted by bytes (`sort` in the C.UTF-8 locale), then per line: `s"` becomes `"` (string interpolators go), doubled
 * quotes become single ones, and the last and the first character (the quotes of the CSV field) are dropped.
 */
export function cacheMapText(csv: string): string {
  if (csv === "") return "";
  const lines = (csv.endsWith("\n") ? csv.slice(0, -1) : csv).split("\n");
  return lines
    .sort(compareUtf8)
    .map((line) => `${cacheMapLine(line)}\n`)
    .join("");
}

function cacheMapLine(line: string): string {
  // With the u flag `.` is a character, as for sed in a UTF-8 locale, and not half of one.
  return line.replaceAll('s"', '"').replaceAll('""', '"').replace(/.$/su, "").replace(/^./su, "");
}
