/** Where a request points to. `path` is the decoded path; bucket or key are empty when absent. Path-style only. */
export type Address = {
  readonly bucket: string;
  readonly key: string;
  readonly path: string;
  readonly query: URLSearchParams;
};

/**
 * Splits a raw request target. Keys keep their own slashes, also leading and doubled ones: `/b//x` is the key `/x`.
 * Undefined when the path is not valid percent-encoded UTF-8.
 */
export function parseAddress(target: string): Address | undefined {
  const questionMark = target.indexOf("?");
  const rawPath = questionMark < 0 ? target : target.slice(0, questionMark);
  const query = new URLSearchParams(questionMark < 0 ? "" : target.slice(questionMark + 1));
  try {
    const path = decodeURIComponent(rawPath);
    const slash = rawPath.indexOf("/", 1);
    if (slash < 0) return { bucket: path.slice(1), key: "", path, query };
    return {
      bucket: decodeURIComponent(rawPath.slice(1, slash)),
      key: decodeURIComponent(rawPath.slice(slash + 1)),
      path,
      query,
    };
  } catch {
    return undefined;
  }
}

/** Percent-encoding as AWS signs and lists it: everything but `A-Z a-z 0-9 - _ . ~`. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
