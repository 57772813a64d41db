/**
 * A step instance's stable name: ids and item keys from the root, joined by `/`, e.g.
 * `restart-spares/nodeos-bp-2/delete-pod`. Item keys may hold any text; within an address they are percent-encoded.
 */
export type Address = string;

export const ROOT: Address = "";

/** The compensations of a run live beneath this segment, which no step id can be. */
export const UNDO_SEGMENT = "~undo";

export function childAddress(parent: Address, segment: string): Address {
  return parent === ROOT ? segment : `${parent}/${segment}`;
}

/** Everything but letters, digits and `. _ - : @ + =` is percent-encoded, so that an address is also safe to print. */
export function encodeKey(key: string): string {
  const encoded = key.replace(/[^A-Za-z0-9._\-:@+=]/gu, (char) =>
    [...new TextEncoder().encode(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
  if (encoded === "") return EMPTY_KEY;
  return encoded === "." || encoded === ".." ? encoded.replaceAll(".", "%2E") : encoded;
}

/** The key as the author wrote it. */
export function decodeKey(encoded: string): string {
  return encoded === EMPTY_KEY ? "" : decodeURIComponent(encoded);
}

/** No other key is encoded like this. */
const EMPTY_KEY = "%";

export function segmentsOf(address: Address): readonly string[] {
  return address === ROOT ? [] : address.split("/");
}

export function parentOf(address: Address): Address {
  const cut = address.lastIndexOf("/");
  return cut < 0 ? ROOT : address.slice(0, cut);
}

export function lastSegment(address: Address): string {
  return address.slice(address.lastIndexOf("/") + 1);
}

/**
 * Name of an attempt's directory below `attempts/`: the address with `,` for `/`, and the attempt's number. Long addresses
 * are cut and get a checksum, because file names end at 255 bytes.
 */
export function attemptDirName(address: Address, n: number): string {
  const flat = address.replaceAll("/", ",");
  const name = flat.length <= 180 ? flat : `${flat.slice(0, 160)}~${fnv1a64(flat)}`;
  return `${name}.${n}`;
}

function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, "0");
}
