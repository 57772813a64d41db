/**
 * Orders two strings by their UTF-8 bytes, without encoding them; negative, zero or positive as for `Array.sort`.
 *
 * S3 lists keys in this order. JavaScript compares UTF-16 units, which puts characters beyond U+FFFF (surrogate pairs)
 * before U+E000..U+FFFF; the fix-up moves surrogates behind them (Unicode technical note 12 explains the trick).
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return left < 0xd800 || right < 0xd800 ? left - right : rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
