import { type Loaded, loadParsed, loadText } from "../replay/load.ts";
import { parseS3Url, shown } from "../s3/location.ts";
import { type CacheLocation, parseLogCacheCsv } from "./csv.ts";

/** The locations of a CSV, or a refusal that lists every bad line as file:line. */
export function loadLogCacheCsv(csv: string, from: string, cwd: string): Promise<Loaded<readonly CacheLocation[]>> {
  return loadParsed("csv", csv, cwd, (text) => parseLogCacheCsv(text, folderUrl(from)));
}

export function loadCsvText(csv: string, cwd: string): Promise<Loaded<string>> {
  return loadText("csv", csv, cwd);
}

/** `s3://bucket/` or `s3://bucket/prefix/`, always with the slash. */
export function folderUrl(url: string): string {
  const { bucket, key } = parseS3Url(url);
  return shown({ bucket, key: key === "" || key.endsWith("/") ? key : `${key}/` });
}
