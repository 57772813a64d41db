// CEL allows only plain names after a dot, also inside has(…). Ids that are none travel in hexadecimal.
const PLAIN = /^(?!x_)[A-Za-z_][A-Za-z0-9_]*$/;
const TOKENS = new Set(["in", "true", "false", "null"]);
const ENCODED = /^x_((?:[0-9a-f]{2})+)$/;

/** A step id as a name of CEL: itself when it is one, e.g. `sign-in` as `x_7369676e2d696e`. */
export function stepKey(id: string): string {
  return PLAIN.test(id) && !TOKENS.has(id) ? id : `x_${Buffer.from(id).toString("hex")}`;
}

/** The inverse of `stepKey`. */
export function stepIdOf(key: string): string {
  const match = ENCODED.exec(key);
  return match ? Buffer.from(match[1] as string, "hex").toString() : key;
}
