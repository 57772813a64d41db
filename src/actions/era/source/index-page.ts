import type { FoundName } from "./listing.ts";

/**
 * The era files that a page names, in whatever form: links of an HTML index (absolute, relative, quoted in any way,
 * percent-encoded), an nginx JSON index, `<Key>` elements, a plain list or a file of checksums. Sizes where JSON or
 * checksummed lists have them are not trusted and not read; the download asks the server.
 */
export function namesOnPage(text: string, pageUrl: string): FoundName[] {
  const found = new Map<string, FoundName>();
  for (const link of [...hrefs(text), ...bareNames(text)]) {
    const url = resolveLink(link, pageUrl);
    const name = url === undefined ? undefined : lastPart(url);
    if (url !== undefined && name?.endsWith(".era") && !found.has(name)) found.set(name, { name, location: url.href });
  }
  return [...found.values()];
}

function* hrefs(text: string): Generator<string> {
  for (const match of text.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi)) {
    yield unescapeHtml((match[1] ?? match[2] ?? match[3])!.trim());
  }
}

function* bareNames(text: string): Generator<string> {
  for (const match of text.matchAll(
    /(?:https?:\/\/[^\s"'<>]*\/)?[a-z0-9][a-z0-9_-]*-\d{1,7}(?:-[0-9a-f]{8})?\.era(?![\w.-])/g,
  )) {
    yield match[0];
  }
}

function resolveLink(link: string, pageUrl: string): URL | undefined {
  if (!URL.canParse(link, pageUrl)) return undefined;
  const url = new URL(link, pageUrl);
  url.hash = "";
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

function lastPart(url: URL): string | undefined {
  try {
    return decodeURIComponent(url.pathname.split("/").at(-1)!);
  } catch {
    return undefined;
  }
}

const ENTITIES: { readonly [name: string]: string } = { amp: "&", quot: '"', apos: "'", lt: "<", gt: ">" };

/** The five named entities and numeric ones, as they occur in links and in XML. */
export function unescapeHtml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|quot|apos|lt|gt));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()]!;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
