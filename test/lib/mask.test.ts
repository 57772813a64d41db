import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMask, maxSecretBytes } from "../../src/lib/mask.ts";

const secret = 'p@ss/"wörd" <&\' 100%+';

test("a secret is hidden wherever it stands, and nothing else changes", () => {
  const mask = createMask(["hunter2hunter2", "s3cr3t"]);
  expect(mask.text("login hunter2hunter2 with s3cr3t.")).toBe("login *** with ***.");
  expect(mask.text("hunter2hunter")).toBe("hunter2hunter");
  expect(mask.text("")).toBe("");
  expect(mask.text("one \ud800 lone surrogate")).toBe("one \ud800 lone surrogate");
});

test.each([
  ["as it is", secret],
  ["base64", Buffer.from(secret).toString("base64")],
  ["base64url", Buffer.from(secret).toString("base64url")],
  ["hexadecimal", Buffer.from(secret).toString("hex")],
  ["upper-case hexadecimal", Buffer.from(secret).toString("hex").toUpperCase()],
  ["a URL's component", encodeURIComponent(secret)],
  [
    "a URL's component with lower-case escapes",
    encodeURIComponent(secret).replace(/%../g, (octet) => octet.toLowerCase()),
  ],
  ["a form", new URLSearchParams({ v: secret }).toString().slice(2)],
  ["JSON", JSON.stringify(secret).slice(1, -1)],
  ["JSON inside JSON", JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ["JSON as Python writes it", JSON.stringify(secret).slice(1, -1).replace("ö", "\\u00f6")],
  ["JSON as Go writes it", JSON.stringify(secret).slice(1, -1).replace("<", "\\u003c").replace("&", "\\u0026")],
  ["JSON as PHP writes it", JSON.stringify(secret).slice(1, -1).replace("/", "\\/").replace("ö", "\\u00f6")],
  ["XML", secret.replace("&", "&amp;").replace("<", "&lt;").replaceAll('"', "&quot;").replace("'", "&apos;")],
  ["a shell's trace", secret.replace("'", "'\\''")],
])("a secret is hidden in the form of %s", (_name, form) => {
  expect(createMask([secret]).text(`<${form}>`)).toBe("<***>");
});

test.each(["base64", "base64url", "hex"] as const)(
  "nothing of a secret inside larger data is left in its %s",
  (encoding) => {
    const value = "correct-horse-battery-staple";
    const mask = createMask([value]);
    for (const before of ["", "u", "us", "user:", '{"password":"']) {
      for (const after of ["", "x", "xy", '"}\n']) {
        const masked = mask.text(Buffer.from(before + value + after).toString(encoding));
        const plain = Buffer.from(masked.replace("***", ""), encoding).toString("latin1");
        expect(masked).toContain("***");
        for (let start = 0; start + 4 <= value.length; start++)
          expect(plain).not.toContain(value.slice(start, start + 4));
      }
    }
  },
);

test("line breaks of an encoder do not hide a secret", () => {
  const value = randomBytes(90).toString("base64url");
  const lines = (text: string, width: number, end: string): string =>
    text.match(new RegExp(`.{1,${width}}`, "g"))?.join(end) ?? "";
  const mask = createMask([value]);
  for (const [width, end] of [
    [76, "\n"],
    [64, "\n"],
    [76, "\r\n"],
  ] as const) {
    const encoded = lines(Buffer.from(`token: ${value} and more of it`).toString("base64"), width, end);
    const left = mask.text(encoded).replace("***", "").replace(/\s/g, "");
    expect(left.length).toBeLessThan(40);
  }
  expect(mask.text(lines(Buffer.from(value).toString("hex"), 60, "\n"))).toBe("***");
});

test("numbers below each other do not become a short secret", () => {
  expect(createMask(["1234"]).text("12\n34\n1\n2\n3\n4\n")).toBe("12\n34\n1\n2\n3\n4\n");
});

test("each line of a key is hidden, and the key as one escaped line", () => {
  const key = `-----BEGIN KEY-----\n${randomBytes(48).toString("base64")}\n${randomBytes(30).toString("base64")}\n-----END KEY-----\n`;
  const mask = createMask([key]);
  expect(
    mask.text(
      key
        .split("\n")
        .map((line) => `  ${line}`)
        .join("\n"),
    ),
  ).toBe("  ***\n  ***\n  ***\n  ***\n  ");
  expect(mask.text(JSON.stringify({ key: key.trim() }))).toBe('{"key":"***"}');
  expect(mask.text(Buffer.from(key).toString("base64"))).toMatch(/^\*\*\*.{0,4}$/);
});

test("overlapping and repeated secrets leave no gap", () => {
  expect(createMask(["abcd", "cdef"]).text("abcdef")).toBe("***");
  expect(createMask(["abcd", "bcdefg", "cdef"]).text("-abcdefg-")).toBe("-***-");
  expect(createMask(["abcdabcd"]).text("abcdabcdabcdabcd")).toBe("***");
  expect(createMask(["xxxx"]).text("x".repeat(1000))).toBe("***");
  expect(createMask(["abcd"]).text("abcdabcd")).toBe("******");
});

test("a secret of less than four characters is hidden as a word only, and is reported as weak", () => {
  const mask = createMask(["long enough", "no", "", "7"]);
  expect(mask.weak).toEqual([1, 3]);
  expect(mask.text("no, nothing: 7 of 77, no")).toBe("***, nothing: *** of 77, ***");
  const stream = mask.stream();
  const parts = ["n", "o", "thing ", "n", "o", "\n", "7"].map((part) => Buffer.from(stream.push(Buffer.from(part))));
  expect(Buffer.concat([...parts, stream.end()]).toString()).toBe("nothing ***\n***");
});

test("a secret above the limit is a mistake of the caller", () => {
  expect(() => createMask(["x".repeat(maxSecretBytes + 1)])).toThrow(RangeError);
});

test("output in pieces is masked as if it came at once, whatever the pieces", () => {
  const text = fc.array(
    fc.constantFrom("secret", "sec", "ret", "no", "\n", "\r\n", " ", "x", "c2VjcmV0", "736563726574", "ümläut"),
    {
      maxLength: 30,
    },
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  const mask = createMask(["secret", "cretsec", "no", "ümläut-secret-of-some-length"]);
  fc.assert(
    fc.property(text, cuts, (words, sizes) => {
      const whole = words.join("");
      const masked = throughStream(mask.stream(), Buffer.from(whole), sizes).toString();
      expect(masked).toBe(mask.text(whole));
      for (const form of ["secret", "cretsec", "c2VjcmV0", "736563726574"]) expect(masked).not.toContain(form);
    }),
    { numRuns: 500 },
  );
});

test("arbitrary bytes pass unchanged where no secret is", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, (bytes, sizes) => {
      const mask = createMask(["this-does-not-occur-in-random-bytes"]);
      expect(throughStream(mask.stream(), Buffer.from(bytes), sizes).equals(bytes)).toBe(true);
    }),
  );
});

test("no more is held back than a secret's longest form needs", () => {
  const mask = createMask(["a".repeat(40)]);
  const stream = mask.stream();
  let passed = 0;
  for (let chunk = 0; chunk < 1000; chunk++) passed += stream.push(Buffer.alloc(1000, "\n")).length;
  passed += stream.push(Buffer.from("a".repeat(39))).length;
  for (let chunk = 0; chunk < 1000; chunk++) passed += stream.push(Buffer.alloc(1000, "\n")).length;
  expect(passed).toBe(2_000_039);
});

function throughStream(
  stream: { push(chunk: Uint8Array): Uint8Array; end(): Uint8Array },
  bytes: Buffer,
  sizes: readonly number[],
): Buffer {
  const parts: Uint8Array[] = [];
  let position = 0;
  for (let turn = 0; position < bytes.length; turn++) {
    const end = position + (sizes[turn % sizes.length] ?? 1);
    parts.push(Buffer.from(stream.push(Buffer.from(bytes.subarray(position, end)))));
    position = end;
  }
  parts.push(stream.end());
  return Buffer.concat(parts);
}
